package org.patchbay.frontend;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.GuestRegion;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MacAddress;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;
import org.patchbay.api.control.NicSettings;
import org.patchbay.frontend.ScriptedQueue.Transmit;

/** What a backend that does not come back can still do to a guest's memory, and what not. */
class StuckMemoryTest {

  private final CountingRings rings = new CountingRings();
  private final ScriptedEndpoint endpoint = new ScriptedEndpoint(new ScriptedQueue(Transmit.DROP));
  private final List<String> warnings = new CopyOnWriteArrayList<>();
  private final List<NativeQueue> natives = new ArrayList<>();
  private int reportsBefore;

  @SuppressWarnings("NullAway.Init") // start() comes first
  private EngineWorker worker;

  @SuppressWarnings("NullAway.Init") // start() comes first
  private Coordinator coordinator;

  @BeforeEach
  void start() throws Exception {
    worker = new EngineWorker("test-worker", 20_000, ParkWait::new, new StuckWatch());
    coordinator =
        new Coordinator(settings(), endpoint, List.of(rings), List.of(worker), warnings::add);
    coordinator.start();
    await("the fallback serves", () -> endpoint.reports.size() == 1);
  }

  private static EngineSettings settings() {
    return new EngineSettings(NicSettings.of("nic0"), "test", MacAddress.forName("nic0"), 1500, 0);
  }

  @AfterEach
  void close() throws Exception {
    assertTrue(coordinator.end(8_000), "the coordinator must end");
    for (NativeQueue queue : natives) {
      Thread thread = queue.thread;
      if (thread != null && thread.isAlive()) {
        queue.release();
        thread.join(5_000);
        assertFalse(thread.isAlive(), "a late call met no error");
      }
      queue.pipe.close();
    }
    CountDownLatch unused = new CountDownLatch(1);
    EngineWorker.whenUnused(List.of(worker), () -> coordinator.whenReleased(unused::countDown));
    assertTrue(unused.await(5, TimeUnit.SECONDS), "memory is let go in the end");
    worker.close();
    assertEquals(rings.allBuffers(), rings.buffersAtHome(), "each buffer came back exactly once");
    assertEquals(rings.accepted, rings.completed, "each transmit ended exactly once");
    assertEquals(0, rings.lateCalls, "calls of rings that rest");
    assertEquals(0, coordinator.statistics().idsOutstanding());
    rings.close();
  }

  private NativeQueue stuckQueue() throws InterruptedException {
    NativeQueue queue = new NativeQueue();
    natives.add(queue);
    plug(queue);
    await("it has all buffers", () -> coordinator.statistics().rxPosted() == CountingRings.SLOTS);
    queue.sticks = true;
    reportsBefore = endpoint.reports.size();
    rings.order(1);
    await("a native call holds memory", () -> queue.entered);
    return queue;
  }

  /** Waits until the plug was ended and what it held is set aside. */
  private void awaitFallback() throws InterruptedException {
    await("the plug ends", () -> endpoint.reports.size() > reportsBefore);
    assertEquals(CountingRings.SLOTS, aside());
  }

  @Test
  void anArenaDoesNotCloseBeneathANativeCall() throws Exception {
    try (Pipe pipe = new Pipe();
        Arena arena = Arena.ofShared()) {
      LentMemory lent = new LentMemory();
      GuestMemory view = lent.viewOf(GuestMemory.of(arena.allocate(64)));
      CountDownLatch begun = new CountDownLatch(1);
      Thread reader =
          Thread.ofPlatform()
              .start(
                  () -> {
                    begun.countDown();
                    pipe.read(view.regionMemory(0).asSlice(8, 8));
                  });
      begun.await();
      await(
          "the reader is in its call",
          () -> reader.getStackTrace().length > 0 && isIn(reader, "read"));
      TimeUnit.MILLISECONDS.sleep(20);
      assertFalse(lent.revoke());
      assertTrue(view.read(0, MemorySegment.ofArray(new byte[8]), 0, 8), "nothing has changed");
      pipe.write(NativeQueue.LATE);
      reader.join(5_000);
      assertTrue(lent.revoke());
      assertTrue(lent.revoke(), "a second time does nothing");
      assertThrows(
          IllegalStateException.class,
          () -> view.read(0, MemorySegment.ofArray(new byte[8]), 0, 8));
    }
  }

  private static boolean isIn(Thread thread, String method) {
    for (StackTraceElement frame : thread.getStackTrace()) {
      if (frame.getMethodName().equals(method)) {
        return true;
      }
    }
    return false;
  }

  @Test
  void aWorkerThatIsStuckIsGivenUpThoughNobodyAsksForAnything() throws Exception {
    NativeQueue stuck = stuckQueue();
    await("the plug ends", () -> endpoint.failures.size() == 1);
    assertTrue(endpoint.failures.getFirst().contains("txAvail"), endpoint.failures.getFirst());
    await("the buffers are set aside", () -> aside() == CountingRings.SLOTS);
    assertEquals(0, coordinator.statistics().rxPosted());
    assertEquals(0, coordinator.statistics().idsOutstanding());
    await("the fallback takes the frame", () -> rings.completed == 1);
    assertTrue(
        warnings.stream().anyMatch(line -> line.contains("sets aside 32 receive buffers")),
        warnings::toString);

    String inspected = inspect();
    assertTrue(inspected.contains("patchbay-test-worker in txAvail of endpoint"), inspected);
    assertTrue(inspected.contains("Pipe.read"), inspected);
    assertTrue(inspected.contains("receive-ids-set-aside: 32"), inspected);

    stuck.release();
    await("the buffers are back", () -> aside() == 0);
    await("they are posted", () -> coordinator.statistics().rxPosted() == CountingRings.SLOTS);
    await("the late thread ends", () -> !requireNonNull(stuck.thread).isAlive());
    assertInstanceOf(IllegalStateException.class, stuck.late);
    assertEquals(BufferAccess.NOT_POSTED, stuck.lateAnswer);
    assertFalse(inspect().contains("stuck-thread"), inspect());

    plug(new ScriptedQueue(Transmit.REFLECT));
    rings.order(100);
    await("frames pass", () -> rings.delivered.size() == 100);
  }

  @Test
  void whatIsSetAsideComesBackToAQueueThatIsServing() throws Exception {
    NativeQueue stuck = stuckQueue();
    awaitFallback();
    ScriptedQueue next = new ScriptedQueue(Transmit.REFLECT);
    plug(next);
    rings.order(5);
    TimeUnit.MILLISECONDS.sleep(50);
    assertEquals(0, rings.delivered.size(), "there is no buffer to receive in");
    int reports = endpoint.reports.size();
    stuck.release();
    await("frames pass", () -> rings.delivered.size() == 5);
    assertEquals(reports, endpoint.reports.size(), "the queue stayed open");
    assertFalse(next.closed);
    await("all are posted", () -> rxPosted() == CountingRings.SLOTS);
    coordinator.changeRings(
        Withdrawal.NOTHING, // so that the worker rests
        resting -> {
          List<Integer> there = new ArrayList<>(next.held);
          there.addAll(next.filled);
          there.sort(null);
          assertEquals(rings.allBuffers(), there, "each is the queue's, once");
        });
  }

  @Test
  void nothingIsKeptForACallThatCanNotHaveIt() throws Exception {
    NativeQueue stuck = stuckQueue();
    awaitFallback();
    try (Arena arena = Arena.ofShared()) {
      List<String> let = new CopyOnWriteArrayList<>();
      List<GuestRegion> later = List.of(new GuestRegion(1L << 40, arena.allocate(64)));
      EngineWorker.whenUnused(
          List.of(worker), later, () -> coordinator.whenReleased(later, () -> let.add("later")));
      EngineWorker.whenRingsUnused(
          List.of(worker), () -> coordinator.whenIdle(() -> let.add("an eventfd")));
      List<GuestRegion> lent =
          List.of(new GuestRegion(rings.memory().regionAddress(0), rings.memory().regionMemory(0)));
      EngineWorker.whenUnused(
          List.of(worker), lent, () -> coordinator.whenReleased(lent, () -> let.add("lent")));
      assertEquals(List.of("later", "an eventfd"), let);
      stuck.release();
      await("the rest is let go", () -> let.contains("lent"));
    }
  }

  @Test
  void oneActionThatFailsKeepsNoneOfTheOthers() throws Exception {
    NativeQueue stuck = stuckQueue();
    awaitFallback();
    List<String> let = new CopyOnWriteArrayList<>();
    for (Runnable failing :
        List.<Runnable>of(
            () -> {
              throw new IllegalStateException("expected by " + getClass());
            },
            () -> {
              throw new OutOfMemoryError("expected by " + getClass());
            })) {
      coordinator.whenReleased(failing);
      EngineWorker.whenUnused(List.of(worker), failing);
    }
    coordinator.whenReleased(() -> let.add("memory"));
    EngineWorker.whenUnused(List.of(worker), () -> let.add("thread"));
    stuck.release();
    await("both are let go", () -> let.size() == 2);
    await("the buffers are back", () -> aside() == 0);
  }

  @Test
  void theGuestsOrderOutlivesBeingSetAside() throws Exception {
    NativeQueue stuck = stuckQueue();
    List<Integer> before = List.copyOf(stuck.held);
    awaitFallback();
    ScriptedQueue next = new ScriptedQueue(Transmit.DROP);
    plug(next);
    stuck.release();
    await("they are posted", () -> next.held.size() == CountingRings.SLOTS);
    assertEquals(before, List.copyOf(next.held));
  }

  @Test
  void anEngineThatClosesLeavesTheMemoryUntilTheCallReturned() throws Exception {
    NativeQueue stuck = stuckQueue();
    await("the buffers are set aside", () -> aside() == CountingRings.SLOTS);
    assertTrue(coordinator.end(8_000));
    CountDownLatch unused = new CountDownLatch(1);
    EngineWorker.whenUnused(List.of(worker), () -> coordinator.whenReleased(unused::countDown));
    assertFalse(unused.await(300, TimeUnit.MILLISECONDS), "a native call uses it");
    stuck.release();
    assertTrue(unused.await(5, TimeUnit.SECONDS));
    assertInstanceOf(IllegalStateException.class, stuck.late);
  }

  /** Blocks where nothing holds memory, and then tries all ways to it. */
  private static final class LateQueue extends ScriptedQueue {
    final CountDownLatch released = new CountDownLatch(1);
    final List<String> answers = new CopyOnWriteArrayList<>();
    volatile boolean entered;
    volatile @Nullable Thread thread;
    int address = -1;

    LateQueue() {
      super(Transmit.REFLECT);
    }

    @Override
    public int rxPoll(BufferAccess buffers, int[] ids, int space) {
      return closed ? GONE : super.rxPoll(buffers, ids, space);
    }

    @Override
    public int txAvail(BufferAccess buffers, TxBatch batch) {
      if (closed) {
        return GONE;
      }
      thread = Thread.currentThread();
      GuestMemory memory = buffers.guestMemory();
      MemorySegment region = memory.regionMemory(0);
      MemorySegment frame = MemorySegment.ofArray(new byte[] {0x7e, 0x7e, 0x7e, 0x7e});
      int id = held.element();
      entered = true;
      while (released.getCount() > 0) {
        try {
          released.await();
        } catch (InterruptedException e) {
          // as a backend that ignores interrupts
        }
      }
      note(() -> "read " + memory.read(0, frame, 0, 4));
      note(() -> "write " + memory.write(0, frame, 0, 4));
      note(() -> "copy " + memory.copy(0, memory, 8, 4));
      note(() -> "fill " + region.fill((byte) 0x7e));
      note(() -> "linearize " + batch.linearize(0, memory, frame, 0, 4));
      note(() -> "writeData " + buffers.writeData(id, frame, 0, 4));
      note(() -> "writePacket " + buffers.writePacket(id, new RxMetadata(), batch, 0));
      note(() -> "writeMetadata " + buffers.writeMetadata(id, new RxMetadata().set(0, 99)));
      note(() -> "capacity " + buffers.capacity(id));
      return GONE;
    }

    private void note(java.util.function.Supplier<String> what) {
      try {
        answers.add(what.get());
      } catch (IllegalStateException e) {
        answers.add("error");
      }
    }
  }

  @Test
  void aLateReturnMeetsAnError() throws Exception {
    LateQueue late = new LateQueue();
    plug(late);
    int reports = endpoint.reports.size();
    rings.order(1);
    await("the worker is stuck", () -> late.entered);
    await("the plug ends", () -> endpoint.reports.size() > reports);
    assertEquals(1, endpoint.failures.size());
    await("the fallback has the buffers", () -> rxPosted() == CountingRings.SLOTS);
    assertEquals(0, aside(), "no native call holds any");
    byte[] before = rings.snapshot();
    late.released.countDown();
    await("the late thread ends", () -> !requireNonNull(late.thread).isAlive());
    assertEquals(
        List.of(
            "error",
            "error",
            "error",
            "error",
            "linearize " + BufferAccess.TOO_LONG,
            "writeData " + BufferAccess.NOT_POSTED,
            "writePacket " + BufferAccess.NOT_POSTED,
            "writeMetadata " + BufferAccess.NOT_POSTED,
            "capacity " + BufferAccess.NOT_POSTED),
        late.answers);
    assertEquals(List.of(), firstDifference(before, rings.snapshot()));
    assertEquals(0, coordinator.statistics().refusedIds());
  }

  private static List<Integer> firstDifference(byte[] before, byte[] after) {
    int at = java.util.Arrays.mismatch(before, after);
    return at < 0 ? List.of() : List.of(at);
  }

  @Test
  void aStormOfStuckCallsLosesAndDoublesNothing() throws Exception {
    Random random = new Random(4);
    for (int round = 0; round < 4; round++) {
      NativeQueue stuck = stuckQueue();
      if (random.nextBoolean()) {
        endpoint.plug(new ScriptedQueue(Transmit.REFLECT)); // before it is noticed
      }
      await("the buffers are set aside", () -> aside() == CountingRings.SLOTS);
      ScriptedQueue next = new ScriptedQueue(Transmit.REFLECT);
      if (random.nextBoolean()) {
        plug(next);
      }
      int delivered = rings.delivered.size();
      rings.order(20);
      if (random.nextBoolean()) {
        TimeUnit.MILLISECONDS.sleep(random.nextInt(30));
      }
      stuck.release();
      plug(new ScriptedQueue(Transmit.REFLECT));
      await("the buffers are back", () -> aside() == 0 && rxPosted() == CountingRings.SLOTS);
      rings.order(20);
      await("frames pass", () -> rings.delivered.size() >= delivered + 20);
      assertEquals(0, coordinator.statistics().idsOutstanding());
    }
  }

  private int aside() {
    return coordinator.statistics().rxSetAside();
  }

  private int rxPosted() {
    return coordinator.statistics().rxPosted();
  }

  private String inspect() {
    InspectNode node = new InspectNode();
    new EngineNic(settings(), coordinator, List.of(worker)).inspect(node);
    return node.render();
  }

  private void plug(ScriptedQueue queue) throws InterruptedException {
    int before = endpoint.reports.size();
    endpoint.plug(queue);
    await("the queue is plugged", () -> endpoint.reports.size() > before);
  }

  private static void await(String what, BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    while (!condition.getAsBoolean()) {
      if (System.nanoTime() - deadline > 0) {
        fail("not within 10 s: " + what);
      }
      TimeUnit.MICROSECONDS.sleep(200);
    }
  }
}
