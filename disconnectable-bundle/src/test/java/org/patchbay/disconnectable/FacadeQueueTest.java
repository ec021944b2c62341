package org.patchbay.disconnectable;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.management.ManagementFactory;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.api.QueueStatistics;
import org.patchbay.api.RssConfig;
import org.patchbay.api.TxBatch;
import org.patchbay.api.TxResult;

/** A facade's checks of what a vendor's queue answers. */
class FacadeQueueTest {

  /** Answers what a test says. */
  private static final class Scripted implements Queue {
    int answer;
    int calls;
    boolean closed;
    @Nullable Throwable cause;
    @Nullable Error thrown;
    private final QueueStatistics statistics = new QueueStatistics();

    private int next() {
      calls++;
      Error error = thrown;
      if (error != null) {
        throw error;
      }
      return answer;
    }

    @Override
    public boolean pollReady(BufferAccess buffers) {
      return next() > 0;
    }

    @Override
    public int rxAvail(BufferAccess buffers, int[] ids, int count) {
      return next();
    }

    @Override
    public int rxPoll(BufferAccess buffers, int[] ids, int space) {
      return next();
    }

    @Override
    public int txAvail(BufferAccess buffers, TxBatch batch) {
      return next();
    }

    @Override
    public int txPoll(BufferAccess buffers, int[] ids, int space) {
      return next();
    }

    @Override
    public QueueStatistics statistics() {
      return statistics;
    }

    @Override
    public @Nullable Throwable failure() {
      return cause;
    }

    @Override
    public void close() {
      closed = true;
    }
  }

  private static final class Scripter extends TestEndpoint {
    final Scripted queue = new Scripted();

    Scripter() {
      super("scripted");
    }

    @Override
    public List<Queue> getQueues(List<QueueConfig> configs, @Nullable RssConfig rss) {
      return List.of(queue);
    }
  }

  private final Scripter endpoint = new Scripter();
  private final Scripted vendor = endpoint.queue;
  private final FacadeEndpoint plug;
  private final Queue facade;
  private final TestBuffers buffers = new TestBuffers();
  private final int[] ids = new int[8];
  private final TxBatch batch = new TxBatch(8, 8);

  FacadeQueueTest() throws Exception {
    Lease lease = new ObjectLease("scripted", endpoint);
    SilentLog log = new SilentLog();
    VendorCall call = new VendorCall(lease, "nic0", null, new StuckThreads());
    plug = new FacadeEndpoint(lease, call, log, why -> {});
    plug.ask();
    assertTrue(plug.adopt());
    facade = plug.open(List.of(MiniEngine.config()), null).getFirst();
    for (int i = 0; i < 3; i++) {
      batch.addPacket(i, 1, 0, 64, 0, 64);
    }
  }

  private int call(String name) {
    return switch (name) {
      case "rxAvail" -> facade.rxAvail(buffers, ids, 4);
      case "rxPoll" -> facade.rxPoll(buffers, ids, 4);
      case "txPoll" -> facade.txPoll(buffers, ids, 4);
      default -> facade.txAvail(buffers, batch);
    };
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4})
  void passesPlausibleCounts(int count) {
    vendor.answer = count;
    assertEquals(count, call("rxPoll"));
    assertEquals(count, call("txPoll"));
    vendor.answer = TxResult.pending(3);
    assertEquals(TxResult.pending(3), call("txAvail"));
    vendor.answer = TxResult.complete(0);
    assertEquals(TxResult.complete(0), call("txAvail"));
    assertNull(facade.failure());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rxAvail", "rxPoll", "txPoll", "txAvail"})
  void passesFailureCodesWithTheVendorsCause(String call) {
    vendor.cause = new IllegalStateException("ring broken");
    vendor.answer = Queue.TRY_RESTART;
    assertEquals(Queue.TRY_RESTART, call(call));
    assertEquals(vendor.cause.toString(), String.valueOf(facade.failure()));
    vendor.answer = Queue.FATAL;
    assertEquals(Queue.FATAL, call(call));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rxAvail", "rxPoll", "txPoll", "txAvail", "pollReady"})
  void aFaultInGuestMemoryIsLeftToTheEngineToJudge(String call) {
    InternalError fault =
        new InternalError("a fault occurred in an unsafe memory access operation");
    vendor.thrown = fault;
    if (call.equals("pollReady")) {
      assertTrue(facade.pollReady(buffers), "the worker must poll to be told");
      call = "rxPoll";
    }
    assertEquals(Queue.FATAL, call(call));
    assertEquals(fault.toString(), String.valueOf(facade.failure()));
    // If the engine finds that the guest is to blame it just opens the queues anew.
    assertTrue(plug.firstFailure(), "the plug itself has not failed");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "rxPoll:5",
        "txPoll:5",
        "rxPoll:-3",
        "txPoll:-77",
        "rxAvail:1",
        "rxAvail:-9",
        "txAvail:8",
        "txAvail:-3",
        "rxPoll:2147483647"
      })
  void countsThatCantBeTrueAreFatal(String lie) {
    String name = lie.substring(0, lie.indexOf(':'));
    vendor.answer = Integer.parseInt(lie.substring(lie.indexOf(':') + 1));
    assertEquals(Queue.FATAL, call(name));
    String sentence = String.valueOf(facade.failure());
    assertTrue(sentence.contains(name + " answered"), sentence);
    // Nothing that it says is believed any more, and it is not called again.
    int calls = vendor.calls;
    vendor.answer = 0;
    assertEquals(Queue.FATAL, call("rxPoll"));
    assertTrue(facade.pollReady(buffers));
    assertEquals(calls, vendor.calls);
    facade.close();
    assertTrue(vendor.closed);
  }

  @Test
  void afterClosingEveryCallAnswersGoneAndTouchesNothing() {
    facade.close();
    assertTrue(vendor.closed);
    int calls = vendor.calls;
    for (String name : List.of("rxAvail", "rxPoll", "txPoll", "txAvail")) {
      assertEquals(Queue.GONE, call(name));
    }
    assertFalse(facade.pollReady(buffers));
    facade.updateTargetVp(3);
    facade.close();
    assertEquals(calls, vendor.calls);
    assertNotNull(facade.statistics());
  }

  @Test
  void whileLeavingItCollectsButAcceptsNothingNew() {
    plug.leave();
    vendor.answer = 2;
    assertEquals(2, call("rxPoll"));
    assertEquals(2, call("txPoll"));
    int calls = vendor.calls;
    assertEquals(TxResult.complete(0), call("txAvail"));
    assertEquals(calls, vendor.calls);
  }

  @Test
  void afterAbandoningTheVendorsQueueIsNotEvenClosed() {
    plug.abandon("for the test");
    assertEquals(Queue.GONE, call("rxPoll"));
    facade.close();
    assertFalse(vendor.closed);
  }

  @Test
  void thePacketPathAllocatesNothing() {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    vendor.answer = 2;
    long self = Thread.currentThread().threadId();
    for (int i = 0; i < 20_000; i++) {
      round();
    }
    long before = threads.getThreadAllocatedBytes(self);
    for (int i = 0; i < 100_000; i++) {
      round();
    }
    long bytes = threads.getThreadAllocatedBytes(self) - before;
    assertTrue(bytes < 10_000, bytes + " bytes in 100 000 rounds");
  }

  private void round() {
    facade.pollReady(buffers);
    facade.rxPoll(buffers, ids, 8);
    facade.txAvail(buffers, batch);
    facade.txPoll(buffers, ids, 8);
    vendor.answer = 0;
    facade.rxAvail(buffers, ids, 8);
    vendor.answer = 2;
  }
}
