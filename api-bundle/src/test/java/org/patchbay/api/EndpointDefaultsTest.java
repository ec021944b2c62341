package org.patchbay.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What an endpoint and a queue do that override nothing. */
final class EndpointDefaultsTest {

  private static final Endpoint PLAIN =
      new Endpoint() {
        @Override
        public String endpointType() {
          return "plain";
        }

        @Override
        public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss) {
          return List.of();
        }

        @Override
        public void stop() {}
      };

  @Test
  @DisplayName("E11 capabilities are the smallest")
  void capabilitiesAreTheSmallest() {
    assertFalse(PLAIN.isOrdered());
    assertEquals(TxOffloadSupport.NONE, PLAIN.txOffloadSupport());
    assertTrue(PLAIN.carriesVlan());
    assertEquals(new MultiQueueSupport(1, 0), PLAIN.multiQueueSupport());
    assertFalse(PLAIN.txFastCompletions());
    assertEquals(10_000_000_000L, PLAIN.linkSpeed());
  }

  @Test
  @DisplayName("E14 the data path to a virtual function is unsupported")
  void theDataPathToAVirtualFunctionIsUnsupported() {
    for (boolean useVf : new boolean[] {true, false}) {
      assertEquals(
          EndpointError.UNSUPPORTED,
          assertThrows(EndpointException.class, () -> PLAIN.setDataPathToGuestVf(useVf)).error());
    }
    assertEquals(
        EndpointError.UNSUPPORTED,
        assertThrows(EndpointException.class, PLAIN::getDataPathToGuestVf).error());
  }

  @Test
  @DisplayName("E15 waiting for an action ends by interrupt alone")
  void waitingForAnActionEndsByInterruptAlone() throws InterruptedException {
    AtomicReference<@Nullable Object> end = new AtomicReference<>();
    Thread waiter =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    end.set(PLAIN.waitForEndpointAction());
                  } catch (InterruptedException e) {
                    end.set(e);
                  }
                });
    assertFalse(waiter.join(Duration.ofMillis(50)), "it ended by itself");
    assertNull(end.get());
    waiter.interrupt();
    assertTrue(waiter.join(Duration.ofSeconds(5)), "it ignores the interrupt");
    assertInstanceOf(InterruptedException.class, end.get());
  }

  @Test
  @DisplayName("E16 there are two actions")
  void thereAreTwoActions() {
    assertEquals(
        Set.of(EndpointAction.RestartRequired.class, EndpointAction.LinkStatusNotify.class),
        Set.of(EndpointAction.class.getPermittedSubclasses()));
    assertTrue(new EndpointAction.LinkStatusNotify(true).up());
  }

  @Test
  void inspectionNamesTheType() {
    InspectNode node = new InspectNode();
    PLAIN.inspect(node);
    assertEquals("type: plain\n", node.render());
  }
}
