package org.patchbay.frontend;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.patchbay.api.EndpointException;
import org.patchbay.api.control.Disconnectable;
import org.patchbay.api.control.DisconnectableFactory;
import org.patchbay.api.driver.WorkerWaitFactory;

/** The {@link Engines} service. */
@Component
public final class EnginesComponent implements Engines {

  private final BundleContext context;
  private final DisconnectableFactory disconnectables;
  private final Logger logger;
  private final StuckWatch watch = new StuckWatch();

  @Reference(
      cardinality = ReferenceCardinality.OPTIONAL,
      policy = ReferencePolicy.DYNAMIC,
      policyOption = ReferencePolicyOption.GREEDY)
  private volatile @Nullable WorkerWaitFactory waits;

  /** Called by Declarative Services. */
  @Activate
  public EnginesComponent(
      BundleContext context,
      @Reference DisconnectableFactory disconnectables,
      @Reference(service = LoggerFactory.class) Logger logger) {
    this.context = context;
    this.disconnectables = disconnectables;
    this.logger = logger;
  }

  /**
   * Called by whoever runs engines without a component runtime.
   *
   * @param waits what workers wait by
   */
  public EnginesComponent(
      BundleContext context,
      DisconnectableFactory disconnectables,
      Logger logger,
      WorkerWaitFactory waits) {
    this(context, disconnectables, logger);
    this.waits = waits;
  }

  @Override
  public Worker openWorker(String name, long spinNanos) throws EndpointException {
    WorkerWaitFactory best = waits;
    return new EngineWorker(name, spinNanos, best == null ? ParkWait::new : best, watch);
  }

  @Override
  public NicEngine open(
      EngineSettings settings, List<? extends RingPair> pairs, List<Worker> workers)
      throws EndpointException {
    if (workers.isEmpty() || workers.size() > pairs.size()) {
      throw new IllegalArgumentException(
          "%d workers for %d ring pairs; allowed are 1 to as many as pairs"
              .formatted(workers.size(), pairs.size()));
    }
    List<EngineWorker> ours = new ArrayList<>();
    for (Worker worker : workers) {
      if (!(worker instanceof EngineWorker engineWorker) || ours.contains(engineWorker)) {
        throw new IllegalArgumentException(
            "worker " + worker.name() + " is named twice or not one of this service's openWorker");
      }
      ours.add(engineWorker);
    }
    Disconnectable disconnectable = disconnectables.create(settings.nic());
    boolean opened = false;
    try {
      NicEngine engine =
          new RunningEngine(
              settings, pairs, ours, disconnectable, context, text -> logger.warn(text));
      opened = true;
      return engine;
    } finally {
      if (!opened) {
        disconnectable.close();
      }
    }
  }
}
