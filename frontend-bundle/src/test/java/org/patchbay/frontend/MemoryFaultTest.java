package org.patchbay.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.GuestMemory;
import org.patchbay.api.TxBatch;
import org.patchbay.frontend.ScriptedQueue.Transmit;

/**
 * A guest that takes its memory away under its rings. A second NIC on the same worker, whose guest
 * does not, goes on and has all its ids in the end.
 */
@Timeout(60)
class MemoryFaultTest extends PairsFixture {

  private static final long MUCH = Long.MAX_VALUE / 2;
  private static final String FAULTY = "faulty";

  @TempDir Path folder;
  private final Arena arena = Arena.ofShared();
  private final ScriptedEndpoint faultyEndpoint = new ScriptedEndpoint(reflectors(1));
  private RandomAccessFile file;
  private long size;
  private FlowGuest faulty;
  private Coordinator faultyNic;

  @BeforeEach
  void open() throws Exception {
    start(1, 1);
    guest.order(MUCH);
    size = FlowGuest.memoryBytes(2);
    file = new RandomAccessFile(folder.resolve("memory").toFile(), "rw");
    file.setLength(size);
    MemorySegment mapped = file.getChannel().map(MapMode.READ_WRITE, 0, size, arena);
    faulty = new FlowGuest(2, GuestMemory.of(mapped));
    faulty.maySteerWrongly = true;
    faulty.intact = this::isWhole;
    faultyNic =
        new Coordinator(settings(FAULTY), faultyEndpoint, faulty.pairs, workers, warnings::add);
    faultyNic.start();
    await("the fallback serves", () -> faultyEndpoint.reports.size() == 1);
  }

  private boolean isWhole() {
    try {
      return file.length() >= size;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void end() throws Exception {
    assertTrue(faultyNic.end(5_000), "the coordinator must end");
    traffic(0);
    settle();
    assertEquals(1, endpoint.reports.size(), "the other NIC was not disturbed");
    file.close();
    // The memory stays mapped until the JVM ends; workers are closed after this.
  }

  private void plugFaulty(ScriptedQueue queue) throws InterruptedException {
    int before = faultyEndpoint.reports.size();
    faultyEndpoint.plug(queue);
    await("the queue is plugged", () -> faultyEndpoint.reports.size() > before);
  }

  private long faults() {
    return faultyNic.memoryFaults();
  }

  @Test
  void memoryTakenAwayUnderTrafficIsNotTheBackendsFault() throws Exception {
    plugFaulty(new ScriptedQueue(Transmit.REFLECT));
    faulty.order(MUCH);
    await("frames pass", () -> faulty.delivered() > 1_000);
    file.setLength(0);
    await("the fault is noticed", () -> faults() == 1);
    assertEquals(List.of(), faultyEndpoint.failures);
    assertTrue(faulty.pairs.stream().anyMatch(pair -> pair.memoryFaults > 0), "a pair was told");
    await("the NIC rests", () -> faulty.pairs.stream().allMatch(p -> p.starts == p.halts));
    assertTrue(warnings.getLast().contains(FAULTY), warnings::toString);
    // It rests also after a swap, until the rings have changed.
    plugFaulty(new ScriptedQueue(Transmit.REFLECT));
    assertTrue(faulty.pairs.stream().allMatch(pair -> pair.starts == pair.halts));
    assertEquals(1, faults());
    faultyNic.changeRings(
        Withdrawal.BUFFERS,
        rings -> {
          rings.takeBack(0);
          rings.takeBack(1);
          rings.setActivePairs(0);
        });
    assertEquals(0, faultyNic.statistics().rxPosted(), "what the fault interrupted is forgotten");
    traffic(0);
  }

  /** A backend whose call fails as an access to missing memory does. */
  private static class Failing extends ScriptedQueue {

    volatile boolean fails;
    private volatile @Nullable Throwable failure;

    Failing() {
      super(Transmit.REFLECT);
    }

    void fail() {
      throw new InternalError("a fault occurred in an unsafe memory access operation");
    }

    @Override
    public int txAvail(BufferAccess buffers, TxBatch batch) {
      if (fails) {
        try {
          fail();
        } catch (InternalError e) {
          // As a facade answers for a backend that throws.
          failure = e;
          return FATAL;
        }
      }
      return super.txAvail(buffers, batch);
    }

    @Override
    public @Nullable Throwable failure() {
      return failure;
    }
  }

  @Test
  void aBackendThatFailsForMissingMemoryStaysAndServesAgainAfterAChange() throws Exception {
    Failing queue = new Failing();
    plugFaulty(queue);
    faulty.order(100);
    await("frames pass", () -> faulty.delivered() == 200);
    faulty.intact = () -> !queue.fails; // only as far as the backend goes
    queue.fails = true;
    faulty.order(1);
    await("the fault is noticed", () -> faults() == 1);
    assertEquals(List.of(), faultyEndpoint.failures);
    int reports = faultyEndpoint.reports.size();

    queue.fails = false;
    faultyNic.changeRings(
        Withdrawal.NOTHING,
        rings -> assertTrue(faulty.pairs.stream().allMatch(pair -> pair.starts == pair.halts)));
    await("frames pass again", () -> faulty.delivered() == 202);
    assertEquals(reports, faultyEndpoint.reports.size(), "no swap happened");
    assertEquals(List.of(), faultyEndpoint.failures);
    assertEquals(List.of(), List.copyOf(faulty.violations));
  }

  @Test
  void aBackendThatFailsSoWhileTheMemoryIsThereIsUnplugged() throws Exception {
    Failing queue = new Failing();
    plugFaulty(queue);
    queue.fails = true;
    faulty.order(1);
    await("it is unplugged", () -> faultyEndpoint.failures.size() == 1);
    assertTrue(faultyEndpoint.failures.getFirst().contains("InternalError"));
    await("the fallback serves", () -> faulty.delivered() == 2);
    assertEquals(0, faults());
  }

  @Test
  void anErrorThatABackendThrowsThroughToTheWorkerIsItsOwnToo() throws Exception {
    plugFaulty(
        new ScriptedQueue(Transmit.REFLECT) {
          @Override
          public int txAvail(BufferAccess buffers, TxBatch batch) {
            throw new InternalError("broken on purpose");
          }
        });
    faulty.order(1);
    await("it is unplugged", () -> faultyEndpoint.failures.size() == 1);
    assertTrue(faultyEndpoint.failures.getFirst().contains("broken on purpose"));
    await("the fallback serves", () -> faulty.delivered() == 2);
    assertEquals(0, faults());
  }

  @Test
  void memoryTakenAwayWhileRingsChangeEndsTheStepAndNoMore() throws Exception {
    plugFaulty(new ScriptedQueue(Transmit.KEEP));
    faulty.order(10);
    await("frames are in flight", () -> faultyNic.statistics().txInFlight() == 20);
    file.setLength(0);
    faultyNic.changeRings(Withdrawal.BUFFERS, rings -> rings.setActivePairs(0));
    plugFaulty(new ScriptedQueue(Transmit.REFLECT));
    assertEquals(List.of(), faultyEndpoint.failures);
  }
}
