package org.patchbay.vhostuser;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.BundleContext;
import org.osgi.framework.Constants;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.log.Logger;
import org.osgi.service.log.LoggerFactory;
import org.osgi.service.metatype.annotations.Designate;
import org.patchbay.api.EndpointException;
import org.patchbay.frontend.Engines;
import org.patchbay.linux.LinuxPlatform;

/**
 * One vhost-user NIC for each factory configuration. Called by the component runtime, one at a
 * time.
 *
 * <p>A configuration that can't be used is refused by a sentence in the log and not by an
 * exception: the runtime would never again ask a component that failed and can be modified.
 */
@Component(
    configurationPid = VhostUserConfiguration.PID,
    configurationPolicy = ConfigurationPolicy.REQUIRE,
    immediate = true,
    service = {})
@Designate(ocd = VhostUserConfiguration.Keys.class, factory = true)
public final class VhostUserComponent {

  private final Engines engines;
  private final Logger logger;
  private final Path home;
  private @Nullable VhostUserConfiguration configuration;
  private @Nullable VhostUserNic nic;

  /** For the component runtime. */
  @Activate
  public VhostUserComponent(
      BundleContext context,
      @Reference Engines engines,
      @Reference(service = LoggerFactory.class) Logger logger) {
    this.engines = engines;
    this.logger = logger;
    home = Path.of(Objects.toString(context.getProperty("patchbay.home"), ""));
  }

  /** Opens the NIC. */
  @Activate
  public void open(Map<String, ?> values) {
    modify(values);
  }

  /**
   * Follows a change of the configuration by opening a new NIC, which the guest sees as a
   * disconnect. A configuration that can't be used changes nothing.
   */
  @Modified
  public void modify(Map<String, ?> values) {
    try {
      String problem = LinuxPlatform.problem();
      if (problem != null) {
        throw new IllegalArgumentException(problem);
      }
      follow(VhostUserConfiguration.read(values, home));
    } catch (IllegalArgumentException | EndpointException e) {
      logger.error("{} is refused: {}", values.get(Constants.SERVICE_PID), e.getMessage());
    }
  }

  private void follow(VhostUserConfiguration changed) throws EndpointException {
    if (changed.equals(configuration)) {
      return;
    }
    close();
    nic = VhostUserNic.open(engines, changed, logger);
    configuration = changed;
  }

  /** Closes the NIC. */
  @Deactivate
  public void close() {
    VhostUserNic running = nic;
    nic = null;
    configuration = null;
    if (running != null) {
      running.close();
    }
  }
}
