package org.patchbay.probe;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Modified;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;
import org.patchbay.api.EndpointException;
import org.patchbay.frontend.Engines;

/** One probe for each factory configuration. Called by the component runtime, one at a time. */
@Component(
    configurationPid = ProbeConfiguration.PID,
    configurationPolicy = ConfigurationPolicy.REQUIRE,
    immediate = true,
    service = {})
@Designate(ocd = ProbeConfiguration.Keys.class, factory = true)
public final class ProbeComponent {

  private final Engines engines;
  private @Nullable ProbeConfiguration configuration;
  private @Nullable Probe probe;

  /** For the component runtime. */
  @Activate
  public ProbeComponent(@Reference Engines engines) {
    this.engines = engines;
  }

  /**
   * Opens the probe.
   *
   * @throws EndpointException as {@link Probe#open}
   * @throws IllegalArgumentException naming the key that can't be used
   */
  @Activate
  public void open(Map<String, ?> values) throws EndpointException {
    start(ProbeConfiguration.read(values));
  }

  /**
   * Follows a change of the configuration: another rate at once, all else by opening a new probe. A
   * configuration that can't be used changes nothing.
   *
   * @throws EndpointException as {@link Probe#open}; there is no probe then
   * @throws IllegalArgumentException naming the key that can't be used
   */
  @Modified
  public void modify(Map<String, ?> values) throws EndpointException {
    ProbeConfiguration before = configuration;
    ProbeConfiguration changed = ProbeConfiguration.read(values);
    Probe running = probe;
    if (running != null && before != null && changed.differsInRateOnly(before)) {
      running.rings().setRate(changed.probe().rate());
      configuration = changed;
    } else {
      close();
      start(changed);
    }
  }

  private void start(ProbeConfiguration opened) throws EndpointException {
    probe = Probe.open(engines, opened.nic(), opened.probe(), opened.spinNanos());
    configuration = opened;
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
