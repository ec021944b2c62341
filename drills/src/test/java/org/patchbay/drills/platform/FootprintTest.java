package org.patchbay.drills.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.patchbay.drills.rig.RigException;

class FootprintTest {
  private static final long OURSELVES = ProcessHandle.current().pid();

  @Test
  void anOpenSocketIsMoreThanBeforeUntilItIsClosed() throws Exception {
    // The JDK keeps a socket of its own from the first use on.
    SocketChannel.open().close();
    Footprint before = Footprint.of(OURSELVES);
    try (SocketChannel socket = SocketChannel.open()) {
      assertTrue(socket.isOpen());
      List<String> excess = before.excess(Footprint.of(OURSELVES));
      assertTrue(
          excess.stream().anyMatch(phrase -> phrase.startsWith("descriptor socket ")),
          excess.toString());
      assertThrows(RigException.class, () -> before.awaitNoMore(OURSELVES, Duration.ofMillis(50)));
    }
    before.awaitNoMore(OURSELVES, Duration.ofSeconds(5));
  }

  @Test
  void aThreadThatGoesOnIsMoreThanBeforeUntilItEnds() throws Exception {
    Footprint before = Footprint.of(OURSELVES);
    CountDownLatch end = new CountDownLatch(1);
    CountDownLatch begin = new CountDownLatch(1);
    Thread thread =
        Thread.ofPlatform()
            .name("leaked")
            .start(
                () -> {
                  begin.countDown();
                  try {
                    end.await();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    begin.await();
    List<String> excess = before.excess(Footprint.of(OURSELVES));
    assertTrue(excess.contains("thread leaked 1 instead of 0"), excess.toString());
    end.countDown();
    thread.join();
    before.awaitNoMore(OURSELVES, Duration.ofSeconds(5));
  }

  @Test
  void whatHasGoneIsNoExcess() throws Exception {
    try (Selector selector = Selector.open()) {
      assertTrue(selector.isOpen());
      Footprint now = Footprint.of(OURSELVES);
      selector.close();
      assertEquals(List.of(), now.excess(Footprint.of(OURSELVES)));
    }
  }
}
