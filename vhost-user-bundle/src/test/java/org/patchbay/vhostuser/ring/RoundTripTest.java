package org.patchbay.vhostuser.ring;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Frames go through both rings and come back as they were, over the whole feature matrix. */
class RoundTripTest {

  private static final int[] OPTIONS = {
    Features.RING_PACKED,
    Features.INDIRECT_DESC,
    Features.EVENT_IDX,
    Features.IN_ORDER,
    Features.MRG_RXBUF
  };

  record Setting(long features, ChainShape shape, int size, int receiveBytes) {
    @Override
    public String toString() {
      StringBuilder words = new StringBuilder();
      String[] names = {"packed", "indirect", "events", "in order", "mergeable"};
      for (int i = 0; i < OPTIONS.length; i++) {
        if (Features.has(features, OPTIONS[i])) {
          words.append(names[i]).append(", ");
        }
      }
      return words + shape.name() + ", " + size + " entries, " + receiveBytes + " B";
    }
  }

  static Stream<Setting> matrix() {
    List<Setting> all = new ArrayList<>();
    for (int bits = 0; bits < 1 << OPTIONS.length; bits++) {
      long features = RingRig.COMMON;
      for (int i = 0; i < OPTIONS.length; i++) {
        features |= (long) (bits >>> i & 1) << OPTIONS[i];
      }
      for (ChainShape shape : ChainShape.values()) {
        all.add(new Setting(features, shape, 64, RingRig.SLOT));
        if (Features.has(features, Features.MRG_RXBUF)) {
          all.add(new Setting(features, shape, 64, 200));
        }
      }
      all.add(new Setting(features, ChainShape.HEADER_APART, 1024, RingRig.SLOT));
      all.add(new Setting(features, ChainShape.WHOLE, 2, RingRig.SLOT));
    }
    long packed = RingRig.COMMON | 1L << Features.RING_PACKED;
    all.add(new Setting(packed, ChainShape.HEADER_APART, 37, RingRig.SLOT));
    all.add(new Setting(0, ChainShape.WHOLE, 64, RingRig.SLOT)); // the header of 10 bytes
    all.add(new Setting(0, ChainShape.HEADER_SPLIT, 64, RingRig.SLOT));
    return all.stream();
  }

  @ParameterizedTest
  @MethodSource("matrix")
  void framesComeBackAsTheyWere(Setting setting) {
    Random random = new Random(7);
    try (RingRig rig = new RingRig(setting.features(), setting.size())) {
      List<byte[]> sent = new ArrayList<>();
      int received = 0;
      for (int round = 0; round < 40; round++) {
        rig.driver.postReceive(
            setting.size(), setting.receiveBytes(), setting.shape(), round % 2 == 0);
        rig.driver.receiveRing().publish();
        int burst = random.nextInt(40);
        for (int i = 0; i < burst; i++) {
          byte[] frame = frame(random, 14 + random.nextInt(RingRig.FRAME_SIZE - 13));
          if (!rig.driver.send(
              frame, GuestDriver.Header.NONE, setting.shape(), random.nextBoolean())) {
            break;
          }
          sent.add(frame);
        }
        rig.driver.transmitRing().publish();
        rig.reflect();
        received = check(rig, sent, received);
      }
      for (int i = 0; i < 400 && received < sent.size(); i++) {
        rig.driver.postReceive(setting.size(), setting.receiveBytes(), setting.shape(), false);
        rig.driver.receiveRing().publish();
        rig.reflect();
        received = check(rig, sent, received);
      }
      assertEquals(sent.size(), received);
      assertTrue(received > 20, "only " + received + " frames were exchanged");
      rig.driver.reclaim();
      assertEquals(setting.size(), rig.driver.transmitRing().freeDescriptors());
      assertEquals(List.of(), rig.errors);
      assertEquals(0, rig.refused);
    }
  }

  private static int check(RingRig rig, List<byte[]> sent, int from) {
    int received = from;
    for (GuestDriver.Received frame = rig.driver.receive();
        frame != null;
        frame = rig.driver.receive()) {
      assertArrayEquals(sent.get(received), frame.frame(), "frame " + received);
      assertEquals(0, frame.flags());
      received++;
    }
    rig.driver.reclaim();
    return received;
  }

  static byte[] frame(Random random, int length) {
    byte[] frame = new byte[length];
    random.nextBytes(frame);
    return frame;
  }

  @Test
  void anEmptyRingGivesNothing() {
    try (RingRig rig = new RingRig(RingRig.COMMON, 8)) {
      assertEquals(0, rig.reflect());
      assertNull(rig.driver.receive());
      assertNotNull(rig.inspected());
    }
  }
}
