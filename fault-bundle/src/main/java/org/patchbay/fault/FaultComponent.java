package org.patchbay.fault;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.Designate;
import org.patchbay.api.EndpointException;
import org.patchbay.api.ProvidesBackend;

/**
 * One configuration's endpoint. The component registers the service itself instead of being it, so
 * that a configuration which is refused registers nothing, not even for a moment.
 */
@ProvidesBackend(type = FaultyEndpoint.TYPE, pid = FaultComponent.PID)
@Designate(ocd = FaultConfiguration.class, factory = true)
@Component(
    service = {},
    immediate = true,
    configurationPid = FaultComponent.PID,
    configurationPolicy = ConfigurationPolicy.REQUIRE)
public final class FaultComponent {

  /** The factory PID of the configurations. */
  public static final String PID = "org.patchbay.fault";

  private final BundleContext context;
  private final Logger logger;
  private @Nullable FaultInstance instance;

  /** For the component runtime. */
  @Activate
  public FaultComponent(
      BundleContext context, @Reference(service = LoggerFactory.class) Logger logger) {
    this.context = context;
    this.logger = logger;
  }

  /**
   * Registers the endpoint, or waits for the one that it is to be around; and throws, or does not
   * return, if that is the fault.
   *
   * @throws EndpointException if the configuration is not valid
   */
  @Activate
  public void open(Map<String, Object> properties) throws EndpointException {
    FaultInstance opened =
        new FaultInstance(
            context,
            FaultSettings.of(properties),
            properties,
            sentence -> logger.info("{}", sentence));
    boolean open = false;
    try {
      opened.open();
      open = true;
    } finally {
      if (!open) {
        opened.close();
      }
    }
    instance = opened;
  }

  /** Unregisters the endpoint, then ends whatever still blocks, and everything else of it. */
  @Deactivate
  public void close() {
    FaultInstance opened = instance;
    instance = null;
    if (opened != null) {
      opened.close();
    }
  }
}
