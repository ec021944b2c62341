package com.example.patchbay.stream;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.ProvidesBackend;
import org.patchbay.linux.LinuxPlatform;

/**
 * One configuration's endpoint: made and registered at activation, unregistered and closed at
 * deactivation. A configuration that is refused registers nothing.
 */
@ProvidesBackend(type = StreamEndpoint.TYPE, pid = StreamComponent.PID, vendor = "Example Corp")
@Designate(ocd = StreamConfiguration.class, factory = true)
@Component(
    service = {},
    immediate = true,
    configurationPid = StreamComponent.PID,
    configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class StreamComponent {

  /** The factory PID of the configurations. */
  public static final String PID = "com.example.patchbay.stream";

  private final BundleContext context;
  private @Nullable StreamEndpoint endpoint;
  private @Nullable ServiceRegistration<Endpoint> registration;

  /** For the component runtime. */
  @Activate
  public StreamComponent(BundleContext context) {
    this.context = context;
  }

  /**
   * Makes and registers the endpoint. A method, because the runtime logs the sentence of a method's
   * failure, but not that of a constructor's.
   *
   * @throws EndpointException if the configuration or the system does not allow the endpoint
   */
  @Activate
  public void open(Map<String, Object> properties) throws EndpointException {
    StreamSettings settings = StreamSettings.of(properties);
    String problem = LinuxPlatform.problem();
    if (problem != null) {
      throw new EndpointException(EndpointError.UNSUPPORTED, problem);
    }
    StreamEndpoint opened = StreamEndpoint.open(settings);
    try {
      registration =
          context.registerService(
              Endpoint.class,
              opened,
              FrameworkUtil.asDictionary(serviceProperties(opened, settings, properties)));
    } catch (RuntimeException failed) {
      opened.close();
      throw failed;
    }
    endpoint = opened;
  }

  private static Map<String, Object> serviceProperties(
      StreamEndpoint endpoint, StreamSettings settings, Map<String, Object> properties) {
    Map<String, Object> service = new HashMap<>();
    service.put(Endpoint.PROPERTY_NAME, settings.name());
    service.put(Endpoint.PROPERTY_TYPE, endpoint.endpointType());
    service.put(Endpoint.PROPERTY_ORDERED, endpoint.isOrdered());
    service.put(Endpoint.PROPERTY_MAX_QUEUES, endpoint.multiQueueSupport().maxQueues());
    service.put(
        Endpoint.PROPERTY_OFFLOADS, endpoint.txOffloadSupport().names().toArray(String[]::new));
    service.put(Endpoint.PROPERTY_LINK_SPEED, endpoint.linkSpeed());
    for (String key : new String[] {Constants.SERVICE_PID, "service.factoryPid"}) {
      Object value = properties.get(key);
      if (value != null) {
        service.put(key, value);
      }
    }
    return service;
  }

  /** Unregisters the endpoint, which whoever uses it lets go meanwhile, and closes it. */
  @Deactivate
  public void close() {
    ServiceRegistration<Endpoint> registered = registration;
    StreamEndpoint opened = endpoint;
    registration = null;
    endpoint = null;
    try {
      if (registered != null) {
        registered.unregister();
      }
    } catch (IllegalStateException stoppedBundle) {
      // The framework has unregistered it already.
    } finally {
      if (opened != null) {
        opened.close();
      }
    }
  }
}
