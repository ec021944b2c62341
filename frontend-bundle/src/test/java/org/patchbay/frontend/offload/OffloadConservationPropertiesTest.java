package org.patchbay.frontend.offload;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.BeforeTry;
import org.patchbay.api.Queue;
import org.patchbay.api.TxFlags;
import org.patchbay.api.Vlan;

/**
 * Whatever guest, backend and operator do, each id comes back once, and frames go out in order,
 * none of them twice; and all of them, unless a backend took them with it.
 */
class OffloadConservationPropertiesTest {

  enum Step {
    SEND_PLAIN,
    SEND_CHECKSUM,
    SEND_LARGE,
    SEND_BAD,
    PASS,
    PASS_ACCEPTING_FEW,
    PASS_FAILING,
    TOGGLE_PENDING,
    POLL_FEW,
    POLL,
    SWAP
  }

  /**
   * What happens.
   *
   * @param step what
   * @param number how many packets are accepted or polled, how large a packet is, and its content
   */
  record Action(Step step, int number) {}

  @Provide
  Arbitrary<List<Action>> actions() {
    return Combinators.combine(Arbitraries.of(Step.class), Arbitraries.integers().between(1, 100))
        .as(Action::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(120);
  }

  private static final int SEGMENT = 100;

  private ModelEngine engine = new ModelEngine(0);
  private final List<byte[]> expected = new ArrayList<>();
  private int sent;
  private int bad;
  private boolean lossless = true;

  @BeforeTry
  void begin() {
    engine = new ModelEngine(0);
    expected.clear();
    sent = 0;
    bad = 0;
    lossless = true;
  }

  @Property(tries = 2000)
  void idsAndFramesAreConserved(@ForAll("actions") List<Action> actions) {
    for (Action action : actions) {
      step(action);
    }
    engine.finish();
    assertEquals(sent, engine.completed.size());
    assertEquals(bad, engine.dropped);
    if (lossless) {
      RecordingQueue.assertFrames(expected, engine.queue.frames());
    } else {
      assertInOrder();
    }
  }

  private void step(Action action) {
    Random random = new Random(action.number);
    switch (action.step) {
      case SEND_PLAIN -> {
        byte[] frame = new byte[60 + action.number];
        random.nextBytes(frame);
        send(0, frame, 0, List.of(frame));
      }
      case SEND_CHECKSUM -> {
        IpFrame frame = IpFrame.random(random, true, IpFrame.UDP, action.number * 20);
        send(frame.checksumFlags(), frame.unfinished(), 0, List.of(frame.bytes()));
      }
      case SEND_LARGE -> {
        IpFrame frame = IpFrame.random(random, false, IpFrame.TCP, action.number * 200);
        send(frame.segmentationFlags(), frame.unfinished(), SEGMENT, frame.segments(SEGMENT));
      }
      case SEND_BAD -> {
        byte[] frame = new byte[60 + action.number];
        int before = sent;
        send(TxFlags.IPV4 | TxFlags.OFFLOAD_TCP_CHECKSUM, frame, 0, List.of());
        bad += sent - before;
      }
      case PASS -> pass(Integer.MAX_VALUE, 0);
      case PASS_ACCEPTING_FEW -> pass(action.number % 20, 0);
      case PASS_FAILING -> pass(action.number, Queue.TRY_RESTART);
      case TOGGLE_PENDING -> {
        // Frames are kept in the order of their completion, which is that of their acceptance so.
        if (engine.queue.held() == 0) {
          engine.queue.pending = !engine.queue.pending;
        }
      }
      case POLL_FEW -> engine.poll(action.number % 5 + 1);
      case POLL -> engine.poll(200);
      case SWAP -> {
        lossless &= engine.queue.held() == 0;
        engine.swap(0);
      }
    }
  }

  private void send(int flags, byte[] frame, int segmentSize, List<byte[]> frames) {
    for (int id = ModelEngine.FIRST_ID; id < ModelEngine.FIRST_ID + ModelEngine.IDS; id++) {
      if (!engine.isUsed(id)) {
        engine.guest.send(id, flags, frame, segmentSize, Vlan.NONE, new int[] {frame.length});
        expected.addAll(frames);
        sent++;
        return;
      }
    }
  }

  private void pass(int most, int failure) {
    engine.queue.most = most;
    engine.queue.failure = failure;
    int result = engine.transmit();
    assertTrue(failure == 0 ? result >= 0 : result == failure || result >= 0);
  }

  private void assertInOrder() {
    int next = 0;
    for (byte[] frame : engine.queue.frames()) {
      while (next < expected.size() && !Arrays.equals(expected.get(next), frame)) {
        next++;
      }
      assertTrue(next < expected.size(), "a frame that nobody sent, or sent earlier");
      next++;
    }
  }
}
