package org.patchbay.fault;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleEvent;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.framework.SynchronousBundleListener;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointException;
import org.patchbay.loopback.LoopbackEndpoint;

/**
 * What there is of one configuration: the endpoint's service while something is behind it, other
 * services that are its fault, and the plan that owns the rest. Any thread.
 */
final class FaultInstance implements ServiceDeeds, AutoCloseable {

  private final BundleContext context;
  private final FaultSettings settings;
  private final Map<String, ?> properties;
  private final FaultPlan plan;
  private final @Nullable Behind behind;
  private final AtomicReference<@Nullable Registered> registered = new AtomicReference<>();
  private final AtomicBoolean misregistered = new AtomicBoolean();
  // Guarded by itself.
  private final List<ServiceRegistration<Endpoint>> others = new ArrayList<>();
  private boolean closed; // guarded by others

  private record Registered(
      ServiceRegistration<Endpoint> registration, @Nullable DisturbedEndpoint disturbed) {

    void end() {
      unregister(registration);
      if (disturbed != null) {
        disturbed.close();
      }
    }
  }

  /**
   * @param properties the configuration as it came, for the service's PID
   * @param log takes sentences for operators
   */
  FaultInstance(
      BundleContext context,
      FaultSettings settings,
      Map<String, ?> properties,
      Consumer<String> log) {
    this.context = context;
    this.settings = settings;
    this.properties = properties;
    plan = new FaultPlan(settings, this);
    behind =
        settings.around().isEmpty()
            ? null
            : new Behind(context, settings.around(), settings.name(), new Around(), log);
  }

  /**
   * Begins; a failure leaves what {@link #close} ends.
   *
   * @throws EndpointException if the endpoint that this one is to be around can't be had
   */
  void open() throws EndpointException {
    SynchronousBundleListener release =
        event -> {
          if (event.getType() == BundleEvent.STOPPING && event.getBundle() == context.getBundle()) {
            plan.release();
          }
        };
    context.addBundleListener(release);
    try {
      boolean unused = plan.faults().enter(Call.ACTIVATE);
    } finally {
      context.removeBundleListener(release);
    }
    if (behind == null) {
      register(new LoopbackEndpoint());
    } else {
      behind.open();
    }
  }

  /** Follows the endpoint that this one is around. */
  private final class Around implements Behind.Listener {

    @Override
    public void arrived(Endpoint endpoint) {
      register(endpoint);
    }

    @Override
    public void left() {
      unregister();
    }
  }

  private void register(Endpoint serving) {
    DisturbedEndpoint disturbed =
        settings.disturbance().isActive()
            ? new DisturbedEndpoint(serving, settings.name(), settings.disturbance())
            : null;
    Endpoint good = disturbed == null ? serving : disturbed;
    ServiceRegistration<Endpoint> registration =
        context.registerService(
            Endpoint.class,
            new FaultyEndpoint(good, plan),
            FrameworkUtil.asDictionary(serviceProperties(good)));
    registered.set(new Registered(registration, disturbed));
  }

  private Map<String, Object> serviceProperties(Endpoint good) {
    Map<String, Object> service = properties(settings.name());
    service.put(Endpoint.PROPERTY_ORDERED, plan.liesOfOrder() || good.isOrdered());
    service.put(Endpoint.PROPERTY_MAX_QUEUES, good.multiQueueSupport().maxQueues());
    service.put(Endpoint.PROPERTY_OFFLOADS, good.txOffloadSupport().names().toArray(String[]::new));
    service.put(Endpoint.PROPERTY_LINK_SPEED, good.linkSpeed());
    for (String key : new String[] {Constants.SERVICE_PID, "service.factoryPid"}) {
      Object value = properties.get(key);
      if (value != null) {
        service.put(key, value);
      }
    }
    return service;
  }

  private static Map<String, Object> properties(String name) {
    Map<String, Object> service = new HashMap<>();
    service.put(Endpoint.PROPERTY_NAME, name);
    service.put(Endpoint.PROPERTY_TYPE, FaultyEndpoint.TYPE);
    return service;
  }

  // ---- faults ----

  @Override
  public void unregister() {
    Registered last = registered.getAndSet(null);
    if (last != null) {
      last.end();
    }
  }

  @Override
  public void takeName() {
    if (misregistered.compareAndSet(false, true)) {
      registerOther(settings.takes());
    }
  }

  @Override
  public void registerMany() {
    if (misregistered.compareAndSet(false, true)) {
      for (int i = 1; i <= settings.services(); i++) {
        registerOther(settings.name() + "-" + i);
      }
    }
  }

  private void registerOther(String name) {
    ServiceRegistration<Endpoint> other =
        context.registerService(
            Endpoint.class, new LoopbackEndpoint(), FrameworkUtil.asDictionary(properties(name)));
    boolean late;
    synchronized (others) {
      late = closed;
      others.add(other);
    }
    if (late) {
      unregister(other);
    }
  }

  // ---- the end ----

  @Override
  public void close() {
    try {
      if (behind != null) {
        behind.close();
      }
      unregister();
    } finally {
      plan.close();
      List<ServiceRegistration<Endpoint>> left;
      synchronized (others) {
        closed = true;
        left = List.copyOf(others);
        others.clear();
      }
      left.forEach(FaultInstance::unregister);
    }
  }

  private static void unregister(ServiceRegistration<Endpoint> registration) {
    try {
      registration.unregister();
    } catch (IllegalStateException e) {
      // The framework has unregistered it already, as the bundle has stopped.
    }
  }
}
