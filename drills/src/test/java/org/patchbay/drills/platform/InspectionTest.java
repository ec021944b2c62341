package org.patchbay.drills.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.patchbay.drills.rig.RigException;

class InspectionTest {
  private static final String TEXT =
      """
      NIC c0.b
        frontend: cable
        engine
          mac: 02:00:00:00:00:01
        tx packets: 120
        ids outstanding: 0
        last swaps
          TIME                      GENERATION  FROM  TO    WHY          BLACKOUT  SWITCH  BUFFERS  LOST  FAILURE
          2026-11-22T12:00:00.001Z           1  -     tap1  plugged         12 µs    9 µs        0     0  -
          2026-11-22T12:00:03Z              12  tap1  tap2  failed over   1234 µs   80 µs      256     0  it is gone
          2026-11-22T12:00:04.100Z          13  tap2  -     left             open   80 µs      256     0  -
      """;

  @Test
  void namedNumbersAreFoundAtAnyDepth() throws RigException {
    Inspection inspection = new Inspection(TEXT);
    assertEquals(120, inspection.number("tx packets"));
    assertEquals(0, inspection.number("ids outstanding"));
    assertEquals(Optional.of("02:00:00:00:00:01"), inspection.value("mac"));
    assertThrows(RigException.class, () -> inspection.number("mac"));
    assertThrows(RigException.class, () -> inspection.number("packets"));
  }

  @Test
  void swapsAreReadOutOfTheirTable() {
    assertEquals(
        List.of(
            new SwapRow(1, "-", "tap1", "plugged", OptionalLong.of(12)),
            new SwapRow(12, "tap1", "tap2", "failed over", OptionalLong.of(1234)),
            new SwapRow(13, "tap2", "-", "left", OptionalLong.empty())),
        new Inspection(TEXT).swaps());
    assertEquals(List.of(), new Inspection("NIC nic0\n  frontend: probe").swaps());
  }
}
