package org.patchbay.fault;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.patchbay.api.InspectNode;
import org.patchbay.api.MacAddress;
import org.patchbay.api.Queue;
import org.patchbay.api.QueueConfig;
import org.patchbay.conformance.support.ParkingWaitFactory;
import org.patchbay.conformance.support.QueueHarness;
import org.patchbay.conformance.support.ReceivedFrame;
import org.patchbay.conformance.support.Shortfall;
import org.patchbay.conformance.support.TestBuffers;
import org.patchbay.conformance.support.TestDriver;
import org.patchbay.conformance.support.TestFrames;
import org.patchbay.conformance.support.TestGuestMemory;
import org.patchbay.conformance.support.TestPacket;
import org.patchbay.conformance.support.TestWorker;
import org.patchbay.loopback.LoopbackEndpoint;

/** What the middleware does to frames, and that it does nothing to ids. */
final class DisturbedEndpointTest {

  private static final int FRAMES = 2000;
  private static final Duration PATIENCE = Duration.ofMillis(300);

  /** What came of a number of frames. */
  private record Result(List<ReceivedFrame> frames, long completed, String inspected) {

    List<Integer> sequences() {
      return frames.stream().map(ReceivedFrame::sequence).toList();
    }
  }

  private static Disturbance of(
      Direction direction, int drop, int duplicate, int reorder, int corrupt, long seed) {
    return new Disturbance(direction, 0, Disturbance.ALL, drop, duplicate, reorder, corrupt, seed);
  }

  /** Sends frames until no more come back; every id must have come back then. */
  private static Result run(Disturbance disturbance, int expected) throws Exception {
    DisturbedEndpoint endpoint = new DisturbedEndpoint(new LoopbackEndpoint(), "d", disturbance);
    TestDriver driver = new TestDriver(new ParkingWaitFactory());
    Queue queue =
        endpoint
            .getQueues(List.of(new QueueConfig(driver, new MacAddress(2), 1500)), null)
            .getFirst();
    TestGuestMemory memory = new TestGuestMemory();
    QueueHarness harness = new QueueHarness(queue, driver, memory, new TestBuffers(memory, 128, 1));
    List<TestPacket> packets = new ArrayList<>();
    for (int i = 0; i < FRAMES; i++) {
      packets.add(new TestPacket(i, TestFrames.frame(i, 100)));
    }
    harness.post(IntStream.range(0, 256).toArray());
    Shortfall unused = new TestWorker(harness).run(packets, expected, 64, true, PATIENCE);
    InspectNode node = new InspectNode();
    endpoint.inspect(node);
    Result result = new Result(harness.received(), harness.completed(), node.render());
    assertEquals(FRAMES, harness.accepted());
    assertEquals(List.of(), harness.inFlight());
    harness.close();
    harness.checkAfterClose();
    endpoint.stop();
    return result;
  }

  private static long inspected(Result result, String key) {
    for (String line : result.inspected().split("\n")) {
      if (line.strip().startsWith(key + ": ")) {
        return Long.parseLong(line.strip().substring(key.length() + 2));
      }
    }
    throw new AssertionError(key + " is not in " + result.inspected());
  }

  @Test
  void whatIsNotTouchedComesThroughAsItWas() throws Exception {
    Result result = run(Disturbance.NONE, FRAMES);
    assertEquals(IntStream.range(0, FRAMES).boxed().toList(), result.sequences());
  }

  @ParameterizedTest
  @EnumSource
  void framesAreDropped(Direction direction) throws Exception {
    Result result = run(of(direction, 100_000, 0, 0, 0, 1), FRAMES);
    int got = result.frames().size();
    assertTrue(got > 1500 && got < 1900, "of 2000 came " + got);
    assertEquals(FRAMES, result.completed(), "what is dropped completes");
    List<Integer> inOrder = result.sequences().stream().sorted().toList();
    assertEquals(inOrder, result.sequences());
    long dropped = 0;
    if (direction != Direction.RECEIVE) {
      dropped += inspected(result, "sent-dropped");
    }
    if (direction != Direction.SEND) {
      dropped += inspected(result, "received-dropped");
    }
    assertEquals(FRAMES - got, dropped);
  }

  @Test
  void framesAreDuplicated() throws Exception {
    Result result = run(of(Direction.SEND, 0, 100_000, 0, 0, 1), FRAMES * 2);
    int got = result.frames().size();
    assertTrue(got > 2100 && got < 2400, "of 2000 came " + got);
    assertEquals(FRAMES, new HashSet<>(result.sequences()).size());
    assertEquals(FRAMES, result.completed(), "each id completes once");
    assertEquals(got - FRAMES, inspected(result, "sent-duplicated"));
  }

  @ParameterizedTest
  @EnumSource(value = Direction.class, mode = EnumSource.Mode.EXCLUDE, names = "BOTH")
  void framesChangePlaces(Direction direction) throws Exception {
    Result result = run(of(direction, 0, 0, 100_000, 0, 1), FRAMES);
    assertEquals(
        IntStream.range(0, FRAMES).boxed().toList(), result.sequences().stream().sorted().toList());
    int changed = 0;
    for (int i = 0; i < FRAMES; i++) {
      int distance = Math.abs(result.sequences().get(i) - i);
      assertTrue(distance <= 1, "a frame moved by " + distance);
      changed += distance;
    }
    assertTrue(changed > 200 && changed < 600, changed + " frames are elsewhere");
  }

  @Test
  void framesAreCorrupted() throws Exception {
    Result result = run(of(Direction.RECEIVE, 0, 0, 0, 100_000, 1), FRAMES);
    assertEquals(FRAMES, result.frames().size());
    int corrupt = 0;
    for (int i = 0; i < FRAMES; i++) {
      byte[] expected = TestFrames.frame(i, 100);
      byte[] got = result.frames().get(i).frame();
      if (!Arrays.equals(expected, got)) {
        corrupt++;
        int bits = 0;
        for (int at = 0; at < expected.length; at++) {
          bits += Integer.bitCount((expected[at] ^ got[at]) & 0xff);
        }
        assertEquals(1, bits, "bits of frame " + i);
      }
    }
    assertEquals(inspected(result, "received-corrupted"), corrupt);
    assertTrue(corrupt > 100 && corrupt < 300, corrupt + " of 2000 are corrupt");
  }

  @Test
  void framesAreLate() throws Exception {
    long began = System.nanoTime();
    Result result =
        run(new Disturbance(Direction.BOTH, 20_000_000, Disturbance.ALL, 0, 0, 0, 0, 1), FRAMES);
    assertTrue(System.nanoTime() - began >= 40_000_000, "they came early");
    assertEquals(IntStream.range(0, FRAMES).boxed().toList(), result.sequences());
  }

  @Test
  void theSameSeedDecidesTheSame() throws Exception {
    List<Integer> first = run(of(Direction.SEND, 300_000, 0, 0, 0, 7), FRAMES).sequences();
    assertEquals(first, run(of(Direction.SEND, 300_000, 0, 0, 0, 7), FRAMES).sequences());
    assertNotEquals(first, run(of(Direction.SEND, 300_000, 0, 0, 0, 8), FRAMES).sequences());
  }

  @Test
  void everythingAtOnceLosesNoId() throws Exception {
    Result result =
        run(
            new Disturbance(Direction.BOTH, 1_000_000, 500_000, 50_000, 50_000, 50_000, 50_000, 3),
            2 * FRAMES);
    assertEquals(FRAMES, result.completed());
    assertTrue(result.frames().size() > FRAMES / 2);
  }

  /** In mid-traffic, with frames at every stage: what was opened anew knows nothing of them. */
  @Test
  void aClosedQueueForgetsWhatItHeld() throws Exception {
    Disturbance slow =
        new Disturbance(Direction.BOTH, 30_000_000_000L, 500_000, 0, 500_000, 500_000, 0, 3);
    DisturbedEndpoint endpoint = new DisturbedEndpoint(new LoopbackEndpoint(), "d", slow);
    for (int round = 0; round < 3; round++) {
      TestDriver driver = new TestDriver(new ParkingWaitFactory());
      Queue queue =
          endpoint
              .getQueues(List.of(new QueueConfig(driver, new MacAddress(2), 1500)), null)
              .getFirst();
      TestGuestMemory memory = new TestGuestMemory();
      QueueHarness harness =
          new QueueHarness(queue, driver, memory, new TestBuffers(memory, 128, 1));
      harness.post(1, 2, 3, 4);
      assertEquals(
          2,
          harness.offer(
              List.of(
                  new TestPacket(1, TestFrames.frame(1, 100)),
                  new TestPacket(2, TestFrames.frame(2, 100)))));
      assertEquals(0, harness.collect(8), "round " + round);
      harness.close();
      harness.checkAfterClose();
      endpoint.stop();
    }
  }

  @Test
  void itClaimsNoOrderThatItDoesNotKeep() {
    DisturbedEndpoint reorders =
        new DisturbedEndpoint(new LoopbackEndpoint(), "d", of(Direction.BOTH, 0, 0, 1, 0, 0));
    DisturbedEndpoint drops =
        new DisturbedEndpoint(new LoopbackEndpoint(), "d", of(Direction.BOTH, 1, 0, 0, 0, 0));
    assertFalse(reorders.isOrdered());
    assertTrue(drops.isOrdered());
    assertEquals("loopback", drops.endpointType());
  }

  @Test
  void fifosKeepTheirOrderWhenTheyGrow() {
    IntFifo numbers = new IntFifo();
    DueFifo due = new DueFifo();
    int next = 0;
    int expected = 0;
    int[] taken = new int[100];
    for (int round = 0; round < 200; round++) {
      for (int i = 0; i < 150; i++) {
        numbers.add(next);
        due.add(next, next);
        next++;
      }
      assertEquals(100, numbers.take(taken, 0, 100));
      int from = expected;
      assertArrayEquals(IntStream.range(from, from + 100).toArray(), taken);
      for (int i = 0; i < 100; i++) {
        assertEquals(expected, due.time());
        assertFalse(due.isDue(expected - 1));
        assertEquals(expected + 1, due.peek(1));
        assertEquals(expected++, due.take());
      }
    }
    numbers.clear();
    due.clear();
    assertTrue(numbers.isEmpty() && due.isEmpty());
  }

  @Test
  void aTimerEnds() {
    WakeTimer timer = new WakeTimer("t", List.of());
    timer.close();
    timer.close();
    assertTrue(
        Thread.getAllStackTraces().keySet().stream()
            .noneMatch(thread -> thread.getName().equals("fault-t timer")));
  }
}
