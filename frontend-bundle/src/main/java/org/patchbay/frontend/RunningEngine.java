package org.patchbay.frontend;

import java.util.Dictionary;
import java.util.Hashtable;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.osgi.framework.BundleContext;
import org.osgi.framework.ServiceRegistration;
import org.patchbay.api.EndpointException;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.control.Disconnectable;
import org.patchbay.api.control.DisconnectableControl;
import org.patchbay.api.control.Nic;

/** One NIC's engine: owns its coordinator, its disconnectable and its registration. */
final class RunningEngine implements NicEngine {

  private static final long END_TIMEOUT_MILLIS = 5_000;

  private final EngineNic nic;
  private final Coordinator coordinator;
  private final Disconnectable disconnectable;
  private final Consumer<String> warnings;
  private final List<EngineWorker> workers;
  private final ServiceRegistration<Nic> registration;
  private final AtomicBoolean closed = new AtomicBoolean();

  RunningEngine(
      EngineSettings settings,
      List<? extends RingPair> rings,
      List<EngineWorker> workers,
      Disconnectable disconnectable,
      BundleContext context,
      Consumer<String> warnings) {
    this.disconnectable = disconnectable;
    this.warnings = warnings;
    this.workers = workers;
    coordinator = new Coordinator(settings, disconnectable.endpoint(), rings, workers, warnings);
    nic = new EngineNic(settings, coordinator, workers);
    coordinator.start();
    Dictionary<String, Object> properties = new Hashtable<>();
    properties.put(Nic.PROPERTY_NAME, nic.name());
    registration = context.registerService(Nic.class, nic, properties);
  }

  @Override
  public Nic nic() {
    return nic;
  }

  @Override
  public DisconnectableControl control() {
    return disconnectable.control();
  }

  @Override
  public void changeRings(Withdrawal withdrawal, RingChange change)
      throws EndpointException, InterruptedException {
    coordinator.changeRings(withdrawal, change);
  }

  @Override
  public void whenUnused(Runnable action) {
    EngineWorker.whenUnused(workers, () -> coordinator.whenReleased(action));
  }

  @Override
  public void whenUnused(List<GuestRegion> memory, Runnable action) {
    EngineWorker.whenUnused(workers, memory, () -> coordinator.whenReleased(memory, action));
  }

  @Override
  public void whenRingsUnused(Runnable action) {
    EngineWorker.whenRingsUnused(workers, () -> coordinator.whenIdle(action));
  }

  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    try {
      registration.unregister();
    } catch (IllegalStateException e) {
      // The framework did so already, as this bundle is stopping.
    }
    if (!coordinator.end(END_TIMEOUT_MILLIS)) {
      warnings.accept(
          "the coordinator of NIC " + nic.name() + " did not end; its endpoint does not answer");
    }
    disconnectable.close();
  }
}
