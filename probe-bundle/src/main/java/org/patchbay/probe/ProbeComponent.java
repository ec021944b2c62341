package org.patchbay.probe;

import java.util.Map;
import org.jspecify.annotations.Nullable;
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

/**
 * One probe for each factory configuration. Called by the component runtime, one at a time.
 *
 * <p>A configuration that can't be used is refused by a sentence in the log and not by an
 * exception: the runtime would never again ask a component that failed and can be modified.
 */
@Component(
    configurationPid = ProbeConfiguration.PID,
    configurationPolicy = ConfigurationPolicy.REQUIRE,
    immediate = true,
    service = {})
@Designate(ocd = ProbeConfiguration.Keys.class, factory = true)
public final class ProbeComponent {

  private final Engines engines;
  private final Logger logger;
  private @Nullable ProbeConfiguration configuration;
  private @Nullable Probe probe;

  /** For the component runtime. */
  @Activate
  public ProbeComponent(
      @Reference Engines engines, @Reference(service = LoggerFactory.class) Logger logger) {
    this.engines = engines;
    this.logger = logger;
  }

  /** Opens the probe. */
  @Activate
  public void open(Map<String, ?> values) {
    modify(values);
  }

  /**
   * Follows a change of the configuration: another rate or measurement at once, all else by opening
   * a new probe. A configuration that can't be used changes nothing.
   */
  @Modified
  public void modify(Map<String, ?> values) {
    try {
      follow(ProbeConfiguration.read(values));
    } catch (IllegalArgumentException | EndpointException e) {
      logger.error("{} is refused: {}", values.get(Constants.SERVICE_PID), e.getMessage());
    }
  }

  private void follow(ProbeConfiguration changed) throws EndpointException {
    ProbeConfiguration before = configuration;
    Probe running = probe;
    if (running != null && before != null && changed.suitsRunning(before)) {
      running.rings().setRate(changed.probe().rate());
      running.rings().setMeasurement(changed.measurement());
    } else {
      close();
      Probe opened = Probe.open(engines, changed.nic(), changed.probe(), changed.spinNanos());
      probe = opened;
      opened.rings().setMeasurement(changed.measurement());
    }
    configuration = changed;
  }

  /** Closes the probe. */
  @Deactivate
  public void close() {
    Probe running = probe;
    probe = null;
    if (running != null) {
      running.close();
    }
  }
}
