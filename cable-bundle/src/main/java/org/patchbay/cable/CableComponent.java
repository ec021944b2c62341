package org.patchbay.cable;

import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.ConfigurationPolicy;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.metatype.annotations.Designate;
import org.patchbay.api.EndpointException;
import org.patchbay.frontend.Engines;
import org.patchbay.frontend.NicProperties;

/** One cable for each factory configuration. Called by the component runtime. */
@Component(
    configurationPid = CableSettings.PID,
    configurationPolicy = ConfigurationPolicy.REQUIRE,
    immediate = true,
    service = {})
@Designate(ocd = CableSettings.Keys.class, factory = true)
public final class CableComponent {

  private final Engines engines;
  private @Nullable Cable cable;

  /** For the component runtime. */
  @Activate
  public CableComponent(@Reference Engines engines) {
    this.engines = engines;
  }

  /**
   * Opens the cable.
   *
   * @throws EndpointException as {@link Cable#open}
   * @throws IllegalArgumentException naming the key that can't be used
   */
  @Activate
  public void open(Map<String, ?> values) throws EndpointException {
    cable = Cable.open(engines, CableSettings.read(new NicProperties(values)));
  }

  /** Closes the cable. */
  @Deactivate
  public void close() {
    Cable running = cable;
    cable = null;
    if (running != null) {
      running.close();
    }
  }
}
