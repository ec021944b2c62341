package org.patchbay.disconnectable;

import java.util.HashMap;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.event.Event;
import org.osgi.service.event.EventAdmin;
import org.patchbay.api.control.Nic;
import org.patchbay.api.control.SwapRecord;

/**
 * Sends an event of each transition where there is an Event Admin. A component of its own, so that
 * the rest of the bundle works where that service's package is missing.
 */
@Component(service = SwapPublisher.class)
public final class SwapEvents implements SwapPublisher {

  /** Topic of the events. */
  static final String TOPIC = "org/patchbay/nic/SWAPPED";

  private final EventAdmin events;

  /** For the component runtime. */
  @Activate
  public SwapEvents(@Reference EventAdmin events) {
    this.events = events;
  }

  @Override
  public void publish(SwapRecord swap) {
    Map<String, Object> properties = new HashMap<>();
    properties.put(Nic.PROPERTY_NAME, swap.nic());
    properties.put("from", swap.from());
    properties.put("to", swap.to());
    properties.put("generation", swap.generation());
    properties.put("reason", swap.reason().name());
    String failure = swap.failure();
    if (failure != null) {
      properties.put("failure", failure);
    }
    events.postEvent(new Event(TOPIC, properties));
  }
}
