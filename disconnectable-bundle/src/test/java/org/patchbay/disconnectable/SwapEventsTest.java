package org.patchbay.disconnectable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.osgi.service.event.Event;
import org.osgi.service.event.EventAdmin;
import org.patchbay.api.control.SwapReason;
import org.patchbay.api.control.SwapRecord;

class SwapEventsTest {

  private final List<Event> posted = new ArrayList<>();
  private final SwapEvents events =
      new SwapEvents(
          new EventAdmin() {
            @Override
            public void postEvent(Event event) {
              posted.add(event);
            }

            @Override
            public void sendEvent(Event event) {
              throw new AssertionError("a handler must not hold up the NIC");
            }
          });

  @Test
  void postsOneEventPerTransition() {
    Instant now = Instant.now();
    events.publish(new SwapRecord(now, "nic0", "a", "b", 7, SwapReason.PLUGGED, null, 1, -1, 2, 3));
    events.publish(
        new SwapRecord(now, "nic0", "b", "-", 8, SwapReason.FAILED, "broken", 1, -1, 2, 3));
    assertEquals(2, posted.size());
    Event first = posted.get(0);
    assertEquals("org/patchbay/nic/SWAPPED", first.getTopic());
    assertEquals("nic0", first.getProperty("patchbay.nic.name"));
    assertEquals("a", first.getProperty("from"));
    assertEquals("b", first.getProperty("to"));
    assertEquals(7L, first.getProperty("generation"));
    assertEquals("PLUGGED", first.getProperty("reason"));
    assertFalse(first.containsProperty("failure"));
    assertEquals("broken", posted.get(1).getProperty("failure"));
  }
}
