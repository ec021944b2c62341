package org.patchbay.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class OpenQueuesTest {

  private static final MultiQueueSupport FOUR = new MultiQueueSupport(4, 0);

  private final OpenQueues open = new OpenQueues();

  @Test
  void queuesOpenOnceAndAgainAfterAllWereClosed() throws EndpointException {
    open.open(2, FOUR);
    assertEquals(2, open.count());
    assertRefused(EndpointError.BUSY, 1);
    open.close();
    assertRefused(EndpointError.BUSY, 1);
    IllegalStateException refusal = assertThrows(IllegalStateException.class, open::requireNone);
    assertTrue(String.valueOf(refusal.getMessage()).contains("open: 1"));
    open.close();
    open.requireNone();
    open.open(4, FOUR);
    assertEquals(4, open.count());
  }

  @Test
  void moreThanThereAreAreRefusedAndNotCounted() throws EndpointException {
    assertRefused(EndpointError.TOO_MANY_QUEUES, 5);
    assertEquals(0, open.count());
    assertThrows(IllegalArgumentException.class, () -> open.open(0, FOUR));
    open.requireNone();
    open.open(4, FOUR);
  }

  private void assertRefused(EndpointError error, int wanted) {
    EndpointException refusal =
        assertThrows(EndpointException.class, () -> open.open(wanted, FOUR));
    assertEquals(error, refusal.error());
  }
}
