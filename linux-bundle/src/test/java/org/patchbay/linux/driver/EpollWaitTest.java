package org.patchbay.linux.driver;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.patchbay.api.EndpointError;
import org.patchbay.api.EndpointException;
import org.patchbay.api.Watch;
import org.patchbay.api.driver.OwnedQueueDriver;
import org.patchbay.api.driver.WorkerWait;
import org.patchbay.linux.Descriptor;
import org.patchbay.linux.EventFd;
import org.patchbay.linux.OpenFiles;
import org.patchbay.linux.UnixSocket;

@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class EpollWaitTest {
  private static final long LONG_TIME = TimeUnit.SECONDS.toNanos(30);
  private static final long SHORT_TIME = TimeUnit.MILLISECONDS.toNanos(5);

  @TempDir Path folder;
  private long descriptorsBefore;
  private WorkerWait wait;

  @BeforeEach
  void open() throws Exception {
    descriptorsBefore = OpenFiles.count();
    wait = new EpollWaitFactory().open();
  }

  @AfterEach
  void nothingLeaks() throws Exception {
    wait.close();
    wait.close();
    assertEquals(descriptorsBefore, OpenFiles.count());
  }

  @Test
  void theTimeoutEndsTheWait() {
    long start = System.nanoTime();
    assertFalse(wait.await(SHORT_TIME));
    assertTrue(System.nanoTime() - start >= SHORT_TIME);
    assertFalse(wait.await(0));
    assertFalse(wait.await(1));
  }

  @Test
  void aWakeUpBeforeTheWaitEndsItAtOnceAndOnlyOnce() {
    wait.wake();
    wait.wake();
    assertTrue(wait.await(LONG_TIME));
    assertFalse(wait.await(SHORT_TIME));
    wait.wake();
    assertTrue(wait.await(-1));
    assertFalse(wait.await(0));
  }

  @Test
  void aWakeUpDuringTheWaitEndsIt() throws Exception {
    for (int i = 0; i < 200; i++) {
      Thread waker = Thread.ofPlatform().start(wait::wake);
      assertTrue(wait.await(LONG_TIME));
      waker.join();
      // The eventfd may still have an event of the wake-up that was answered; it ends no wait.
      assertFalse(wait.await(TimeUnit.MICROSECONDS.toNanos(50)));
    }
  }

  /** Each thread waits until its wake-up is answered: one that is lost stops the test. */
  @Test
  void noWakeUpOfAStormIsLost() throws Exception {
    int threads = 4;
    int rounds = 20_000;
    AtomicLong[] asked = new AtomicLong[threads];
    AtomicLong[] answered = new AtomicLong[threads];
    CountDownLatch done = new CountDownLatch(threads);
    List<Thread> wakers = new ArrayList<>();
    for (int t = 0; t < threads; t++) {
      AtomicLong mine = asked[t] = new AtomicLong();
      AtomicLong answer = answered[t] = new AtomicLong();
      wakers.add(
          Thread.ofPlatform()
              .start(
                  () -> {
                    for (int i = 1; i <= rounds; i++) {
                      mine.setRelease(i);
                      wait.wake();
                      while (answer.getAcquire() < i) {
                        Thread.yield();
                      }
                    }
                    done.countDown();
                  }));
    }
    while (done.getCount() > 0) {
      boolean worked = false;
      for (int t = 0; t < threads; t++) {
        long seen = asked[t].getAcquire();
        if (seen > answered[t].getPlain()) {
          answered[t].setRelease(seen);
          worked = true;
        }
      }
      // The last answers end the storm without a wake-up, so that this wait has a limit.
      boolean woken = worked || wait.await(done.getCount() > 0 ? SHORT_TIME * 200 : 0);
      boolean over = true;
      for (AtomicLong answer : answered) {
        over &= answer.getPlain() == rounds;
      }
      assertTrue(woken || over, "a wake-up was lost");
    }
    for (Thread waker : wakers) {
      waker.join();
    }
  }

  @Test
  void aWatchFiresOnceUntilItIsArmedAgain() throws Exception {
    try (EventFd event = EventFd.open();
        Watch watch = wait.watch(event.descriptor().value())) {
      event.signal();
      assertFalse(wait.await(SHORT_TIME), "nothing fires before the watch is armed");
      watch.arm(Watch.READABLE);
      assertEquals(0, watch.takeReady());
      assertTrue(wait.await(LONG_TIME), "a condition that holds already fires");
      assertEquals(Watch.READABLE, watch.takeReady());
      assertEquals(0, watch.takeReady());
      assertFalse(wait.await(SHORT_TIME), "it rests although the descriptor is readable");
      watch.arm(Watch.READABLE);
      assertTrue(wait.await(LONG_TIME));
      assertEquals(Watch.READABLE, watch.takeReady());
      event.drain();
      watch.arm(Watch.READABLE);
      watch.arm(Watch.READABLE);
      assertFalse(wait.await(SHORT_TIME));
      Thread signaller = Thread.ofPlatform().start(event::signal);
      assertTrue(wait.await(LONG_TIME));
      assertEquals(Watch.READABLE, watch.takeReady());
      signaller.join();
    }
  }

  @Test
  void anotherInterestIsAdded() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair();
        Watch watch = wait.watch(pair.first().descriptor().value());
        Arena arena = Arena.ofConfined()) {
      watch.arm(Watch.READABLE);
      assertFalse(wait.await(SHORT_TIME));
      watch.arm(Watch.WRITABLE);
      assertTrue(wait.await(LONG_TIME));
      assertEquals(Watch.WRITABLE, watch.takeReady());
      MemorySegment data = arena.allocate(1);
      assertEquals(1, pair.second().send(data));
      watch.arm(Watch.READABLE | Watch.WRITABLE);
      assertTrue(wait.await(LONG_TIME));
      assertEquals(Watch.READABLE | Watch.WRITABLE, watch.takeReady());
    }
  }

  @Test
  void aHangUpCountsAsEveryArmedInterest() throws Exception {
    try (UnixSocket.Pair pair = UnixSocket.pair();
        Watch watch = wait.watch(pair.first().descriptor().value())) {
      watch.arm(Watch.READABLE);
      pair.second().close();
      assertTrue(wait.await(LONG_TIME));
      assertEquals(Watch.READABLE, watch.takeReady());
    }
  }

  @Test
  void wakeUpsInARowDoNotStarveAWatch() throws Exception {
    try (EventFd event = EventFd.open();
        Watch watch = wait.watch(event.descriptor().value())) {
      watch.arm(Watch.READABLE);
      event.signal();
      wait.wake();
      assertTrue(wait.await(LONG_TIME));
      assertEquals(Watch.READABLE, watch.takeReady());
    }
  }

  @Test
  void aDescriptorClosedBeneathItsWatchBreaksNothing() throws Exception {
    EventFd event = EventFd.open();
    Watch watch = wait.watch(event.descriptor().value());
    watch.arm(Watch.READABLE);
    event.close();
    assertFalse(wait.await(SHORT_TIME), "the kernel forgot the descriptor");
    wait.wake();
    assertTrue(wait.await(LONG_TIME));
    watch.arm(Watch.WRITABLE);
    assertTrue(wait.await(LONG_TIME), "whoever polls the descriptor shall find out");
    assertEquals(Watch.READABLE | Watch.WRITABLE, watch.takeReady());

    // The number may be another file's now; the new watch is its own.
    try (EventFd next = EventFd.open();
        Watch nextWatch = wait.watch(next.descriptor().value())) {
      watch.close();
      nextWatch.arm(Watch.READABLE);
      next.signal();
      assertTrue(wait.await(LONG_TIME));
      assertEquals(Watch.READABLE, nextWatch.takeReady());
      assertEquals(0, watch.takeReady());
    }
  }

  @Test
  void aClosedWatchFiresNoMore() throws Exception {
    try (EventFd event = EventFd.open()) {
      Watch watch = wait.watch(event.descriptor().value());
      watch.arm(Watch.READABLE);
      event.signal();
      watch.close();
      watch.close();
      watch.arm(Watch.WRITABLE);
      assertFalse(wait.await(SHORT_TIME));
      assertEquals(0, watch.takeReady());
      try (Watch again = wait.watch(event.descriptor().value())) {
        again.arm(Watch.READABLE);
        assertTrue(wait.await(LONG_TIME));
      }
    }
  }

  @Test
  void manyWatchesFireEachForItself() throws Exception {
    List<EventFd> events = new ArrayList<>();
    List<Watch> watches = new ArrayList<>();
    try {
      for (int i = 0; i < 100; i++) {
        EventFd event = EventFd.open();
        events.add(event);
        Watch watch = wait.watch(event.descriptor().value());
        watches.add(watch);
        watch.arm(Watch.READABLE);
      }
      for (int i = 0; i < 100; i++) {
        events.get(i).signal();
        assertTrue(wait.await(LONG_TIME));
        for (int j = 0; j < 100; j++) {
          assertEquals(i == j ? Watch.READABLE : 0, watches.get(j).takeReady());
        }
      }
    } finally {
      watches.forEach(Watch::close);
      events.forEach(EventFd::close);
    }
  }

  @Test
  void aDriverEndsItsWatchesAndWakesNoMore() throws Exception {
    try (EventFd event = EventFd.open()) {
      OwnedQueueDriver driver = wait.openDriver();
      Watch watch = driver.watch(event.descriptor().value());
      watch.arm(Watch.READABLE);
      driver.wake();
      assertTrue(wait.await(LONG_TIME));
      event.signal();
      driver.close();
      driver.close();
      driver.wake();
      assertFalse(wait.await(SHORT_TIME));
      assertEquals(0, watch.takeReady());
      EndpointException refusal =
          assertThrows(
              EndpointException.class, () -> driver.watch(event.descriptor().value()).close());
      assertEquals(EndpointError.CLOSED, refusal.error());
    }
  }

  @Test
  void aRegularFileIsRefusedWithTheReason() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");
    try (Descriptor descriptor = Descriptor.open(file.toString(), false, true)) {
      EndpointException refusal =
          assertThrows(EndpointException.class, () -> wait.watch(descriptor.value()).close());
      assertEquals(EndpointError.SYSTEM_CALL_FAILED, refusal.error());
      assertTrue(String.valueOf(refusal.getMessage()).contains("EPERM"), refusal::toString);
    }
  }

  @Test
  void afterItsEndTheWaitRefusesWatchesAndEndsAtOnce() throws Exception {
    WorkerWait ended = new EpollWaitFactory().open();
    OwnedQueueDriver driver = ended.openDriver();
    ended.close();
    assertEquals(
        EndpointError.CLOSED,
        assertThrows(EndpointException.class, () -> ended.openDriver().close()).error());
    assertEquals(
        EndpointError.CLOSED,
        assertThrows(EndpointException.class, () -> driver.watch(0).close()).error());
    assertTimeoutPreemptively(Duration.ofSeconds(10), () -> ended.await(-1));
    ended.wake();
    driver.close();
  }
}
