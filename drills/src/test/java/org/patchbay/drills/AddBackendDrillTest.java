package org.patchbay.drills;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.patchbay.drills.rig.RigException;

/** What the page's output must show for the drill to pass. */
class AddBackendDrillTest {
  private static final String OUTPUT =
      """
      nic0  probe       up    loopback  loopback  loopback      1
      sink  sink  each plug  -        com.example.sink  1.0.0    Example       1  yes      10 Gbit/s  -
      nic0: loopback -> sink, blackout 8711 µs, switch 6590 µs, 256 buffers returned, 0 frames lost
      nic0  probe       up    sink      sink      sink          2
            tx-packets: 174
            origin: the fallback
        ids outstanding: 0
      """;

  @Test
  void framesAndTheFallbackPass() {
    assertDoesNotThrow(() -> AddBackendDrill.requireShown(OUTPUT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Example",
        "loopback -> sink",
        "tx-packets: 174",
        "the fallback",
        "outstanding: 0"
      })
  void lessDoesNot(String part) {
    assertTrue(OUTPUT.contains(part));
    assertThrows(
        RigException.class, () -> AddBackendDrill.requireShown(OUTPUT.replace(part, "nothing")));
  }

  @Test
  void noFrameAndIdsCountedBeforeTheFallbackDoNot() {
    String idle = OUTPUT.replace("174", "0");
    assertThrows(RigException.class, () -> AddBackendDrill.requireShown(idle));
    String early = "  ids outstanding: 0\n" + OUTPUT.replace("  ids outstanding: 0\n", "");
    assertThrows(RigException.class, () -> AddBackendDrill.requireShown(early));
  }
}
