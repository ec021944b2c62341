package org.patchbay.tap;

import java.util.HashMap;
import java.util.Map;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.framework.FrameworkUtil;
import org.osgi.framework.ServiceRegistration;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.metatype.annotations.Designate;
import org.patchbay.api.BackendType;
import org.patchbay.api.Endpoint;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.linux.LinuxPlatform;

/**
 * One configuration's endpoint: opened and registered at activation, unregistered and closed at
 * deactivation.
 *
 * <p>The component registers the service itself instead of being it, so that a configuration which
 * is refused registers nothing, not even for a moment; the refusal's sentence is in the log and in
 * the component's failure, as the runtime keeps it.
 */
@BackendType(value = TapEndpoint.TYPE, pid = TapComponent.PID)
@Designate(ocd = TapConfiguration.class, factory = true)
@Component(
    service = {},
    immediate = true,
    configurationPid = TapComponent.PID,
    configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class TapComponent {

  /** The factory PID of the configurations. */
  public static final String PID = "org.patchbay.tap";

  private final TapEndpoint endpoint;
  private final ServiceRegistration<Endpoint> registration;

  /**
   * Called by Declarative Services.
   *
   * @throws EndpointException if the configuration or the system does not allow the endpoint
   */
  @Activate
  public TapComponent(BundleContext context, Map<String, Object> properties)
      throws EndpointException {
    TapSettings settings = TapSettings.of(properties);
    String problem = LinuxPlatform.problem();
    if (problem != null) {
      throw new EndpointException(EndpointError.UNSUPPORTED, problem);
    }
    endpoint = TapEndpoint.open(settings);
    try {
      registration =
          context.registerService(
              Endpoint.class,
              endpoint,
              FrameworkUtil.asDictionary(serviceProperties(settings, properties)));
    } catch (RuntimeException failed) {
      endpoint.close();
      throw failed;
    }
  }

  private Map<String, Object> serviceProperties(
      TapSettings settings, Map<String, Object> properties) {
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

  /** Called by Declarative Services. Who uses the endpoint lets go while it is unregistered. */
  @Deactivate
  public void deactivate() {
    try {
      registration.unregister();
    } catch (IllegalStateException stoppedBundle) {
      // The framework has unregistered it already.
    } finally {
      endpoint.close();
    }
  }
}
