package org.patchbay.vhostuser.ring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.patchbay.api.BufferAccess;
import org.patchbay.api.RxMetadata;
import org.patchbay.api.TxBatch;

/**
 * Whatever an honest guest, a backend and an operator do one after the other: each frame arrives
 * once, whole and in order, each chain comes back once, and a stop loses nothing.
 */
class RingPropertiesTest {

  private static final int FRAME = 300;

  /** One thing that somebody does. */
  enum Step {
    GUEST_POSTS,
    GUEST_SENDS,
    GUEST_TAKES,
    DEVICE_POSTS,
    BACKEND_RECEIVES,
    BACKEND_RECEIVES_OUT_OF_ORDER,
    BACKEND_FORGETS,
    DEVICE_TRANSMITS,
    DEVICE_LOOKS_ONLY,
    STOP_AND_START
  }

  @Provide
  Arbitrary<Long> features() {
    return Arbitraries.subsetOf(
            Features.RING_PACKED,
            Features.INDIRECT_DESC,
            Features.EVENT_IDX,
            Features.IN_ORDER,
            Features.MRG_RXBUF,
            Features.CSUM)
        .map(bits -> bits.stream().mapToLong(bit -> 1L << bit).sum() | RingRig.COMMON);
  }

  @Provide
  Arbitrary<ChainShape> shapes() {
    return Arbitraries.of(ChainShape.class);
  }

  @Property(tries = 300)
  void nothingIsLostOrDoubled(
      @ForAll("features") long features,
      @ForAll("shapes") ChainShape shape,
      @ForAll @IntRange(min = 2, max = 5) int sizeBits,
      @ForAll boolean small,
      @ForAll @Size(max = 150) List<Step> steps,
      @ForAll long seed) {
    Random random = new Random(seed);
    boolean merges = small && Features.has(features, Features.MRG_RXBUF);
    try (RingRig rig = new RingRig(features, 1 << sizeBits + 2, FRAME, 512)) {
      Edges edges = new Edges(rig);
      Model model = new Model(rig, shape, merges ? 90 : FRAME + 12, random);
      for (Step step : steps) {
        model.step(step);
      }
      model.settle();
      edges.check();
      assertEquals(List.of(), rig.errors);
      assertEquals(0, rig.refused);
    }
  }

  /** What is known to be under way. */
  private static final class Model {
    private final RingRig rig;
    private final ChainShape shape;
    private final int receiveBytes;
    private final Random random;
    private final Deque<byte[]> sent = new ArrayDeque<>();
    private final Deque<byte[]> delivered = new ArrayDeque<>();
    private int transmitted;
    private int reclaimed;

    Model(RingRig rig, ChainShape shape, int receiveBytes, Random random) {
      this.rig = rig;
      this.shape = shape;
      this.receiveBytes = receiveBytes;
      this.random = random;
    }

    void step(Step step) {
      switch (step) {
        case GUEST_POSTS -> {
          rig.driver.postReceive(random.nextInt(9), receiveBytes, shape, random.nextBoolean());
          rig.driver.receiveRing().publish();
        }
        case GUEST_SENDS -> guestSends();
        case GUEST_TAKES -> guestTakes();
        case DEVICE_POSTS -> rig.post();
        case BACKEND_RECEIVES -> receive();
        case BACKEND_RECEIVES_OUT_OF_ORDER -> {
          // Rings in order hold such a frame back; then it is not the next to arrive.
          if (!rig.pair.isInOrder() && rig.posted.size() > 1) {
            rig.posted.add(rig.posted.remove());
            receive();
          }
        }
        case BACKEND_FORGETS -> {
          if (!rig.posted.isEmpty()) {
            rig.discard(new int[] {rig.posted.remove()});
          }
        }
        case DEVICE_TRANSMITS -> transmit(random.nextInt(5));
        case DEVICE_LOOKS_ONLY -> transmit(0);
        case STOP_AND_START -> {
          rig.takeBack();
          rig.restart();
        }
      }
    }

    private void guestSends() {
      byte[] frame = RoundTripTest.frame(random, 14 + random.nextInt(FRAME - 13));
      if (rig.driver.send(frame, GuestDriver.Header.NONE, shape, random.nextBoolean())) {
        sent.add(frame);
      }
      rig.driver.transmitRing().publish();
    }

    private void guestTakes() {
      for (GuestDriver.Received got = rig.driver.receive();
          got != null;
          got = rig.driver.receive()) {
        if (got.frame().length > 0) {
          assertArrayEquals(delivered.remove(), got.frame());
        }
      }
      reclaimed += rig.driver.reclaim();
    }

    private void receive() {
      if (rig.posted.isEmpty()) {
        return;
      }
      byte[] frame = RoundTripTest.frame(random, 14 + random.nextInt(FRAME - 13));
      assertEquals(BufferAccess.WRITTEN, rig.receive(frame, new RxMetadata().set(0, frame.length)));
      delivered.add(frame);
    }

    private void transmit(int most) {
      TxBatch batch = rig.peek();
      int count = Math.min(most, batch.packetCount());
      byte[] out = new byte[FRAME];
      for (int i = 0; i < count; i++) {
        byte[] expected = sent.remove();
        int length =
            batch.linearize(i, rig.access.guestMemory(), MemorySegment.ofArray(out), 0, FRAME);
        assertArrayEquals(expected, Arrays.copyOf(out, Math.max(0, length)));
      }
      rig.acceptAndComplete(count);
      rig.pair.flush();
      transmitted += count;
    }

    /** Lets all that is under way arrive. */
    void settle() {
      while (!sent.isEmpty()) {
        transmit(64);
      }
      rig.takeBack(); // holes come back, too
      guestTakes();
      assertEquals(0, delivered.size(), "frames that never arrived");
      assertEquals(transmitted, reclaimed);
      assertEquals(
          rig.size, rig.driver.transmitRing().freeDescriptors(), "transmit chains not given back");
    }
  }
}
