package org.patchbay.drills.rig;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CaptureFileTest {
  private static final int NANOSECONDS = 0xa1b23c4d;
  private static final int MICROSECONDS = 0xa1b2c3d4;

  private static ByteBuffer file(ByteOrder order, int magic) {
    ByteBuffer file = ByteBuffer.allocate(1024).order(order);
    file.putInt(magic).putShort((short) 2).putShort((short) 4).putInt(0).putInt(0);
    return file.putInt(96).putInt(1);
  }

  private static void record(ByteBuffer file, int seconds, int fraction, int length, byte[] bytes) {
    file.putInt(seconds).putInt(fraction).putInt(bytes.length).putInt(length).put(bytes);
  }

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void recordsAreReadInEitherByteOrderAndUnit(boolean little, boolean nanoseconds)
      throws RigException {
    ByteBuffer file =
        file(
            little ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN,
            nanoseconds ? NANOSECONDS : MICROSECONDS);
    record(file, 7, 5, 1500, new byte[60]);
    record(file, 0xffff_ffff, 0, 60, new byte[0]);

    List<Frame> frames = CaptureFile.parse(file.flip());

    assertEquals(2, frames.size());
    assertEquals(7_000_000_000L + (nanoseconds ? 5 : 5_000), frames.get(0).nanos());
    assertEquals(0xffff_ffffL * 1_000_000_000L, frames.get(1).nanos());
  }

  @Test
  void aRecordThatWasCutOffIsLeftOut() throws RigException {
    ByteBuffer file = file(ByteOrder.LITTLE_ENDIAN, NANOSECONDS);
    record(file, 1, 0, 60, new byte[60]);
    record(file, 2, 0, 60, new byte[60]);
    file.flip().limit(file.limit() - 1);

    assertEquals(1, CaptureFile.parse(file).size());
  }

  @Test
  void anotherKindOfFileIsRefused() {
    assertThrows(RigException.class, () -> CaptureFile.parse(ByteBuffer.allocate(100)));
    assertThrows(RigException.class, () -> CaptureFile.parse(ByteBuffer.allocate(3)));
  }

  @Test
  void echoesAreFoundBehindHeadersOfAnyLength() {
    Frame request = Frames.echo(0, Frames.HOST, 8, 40_000);
    assertEquals(OptionalInt.of(40_000), request.echoRequest());
    assertEquals(OptionalInt.empty(), request.echoReply());
    assertEquals(OptionalInt.of(3), Frames.echo(0, Frames.SERVER, 0, 3).echoReply());
    assertEquals(OptionalInt.empty(), Frames.other(0, Frames.HOST, 3).echoRequest());
  }
}
