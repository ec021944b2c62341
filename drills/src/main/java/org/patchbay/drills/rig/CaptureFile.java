package org.patchbay.drills.rig;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads what {@code tcpdump -w} writes, the classic pcap format, in the byte order of this machine
 * or the other:
 *
 * <pre>
 * file:   magic u32 | version u16 u16 | zone u32 | accuracy u32 | kept bytes u32 | link type u32
 * record: seconds u32 | fraction u32 | kept u32 | length u32 | bytes[kept]
 * </pre>
 */
public final class CaptureFile {
  private static final int MAGIC_MICROSECONDS = 0xa1b2c3d4;
  private static final int MAGIC_NANOSECONDS = 0xa1b23c4d;
  private static final int FILE_HEADER = 24;
  private static final int RECORD_HEADER = 16;

  private CaptureFile() {}

  /**
   * Reads all whole records.
   *
   * @throws RigException if it can't be read or is not such a file
   */
  public static List<Frame> read(Path file) throws RigException {
    try {
      return parse(ByteBuffer.wrap(Files.readAllBytes(file)));
    } catch (IOException e) {
      throw new RigException("The capture " + file + " can't be read: " + e.getMessage(), e);
    }
  }

  static List<Frame> parse(ByteBuffer data) throws RigException {
    if (data.remaining() < FILE_HEADER) {
      throw new RigException("A capture of " + data.remaining() + " bytes has no header.");
    }
    long unit = unitOfFraction(data);
    data.position(FILE_HEADER);
    List<Frame> frames = new ArrayList<>();
    while (data.remaining() >= RECORD_HEADER) {
      long seconds = Integer.toUnsignedLong(data.getInt());
      long fraction = Integer.toUnsignedLong(data.getInt());
      int kept = data.getInt();
      int length = data.getInt();
      if (kept < 0 || kept > data.remaining()) {
        // The writer was ended in the middle of a record.
        break;
      }
      byte[] bytes = new byte[kept];
      data.get(bytes);
      frames.add(new Frame(seconds * 1_000_000_000L + fraction * unit, length, bytes));
    }
    return frames;
  }

  /** Sets the byte order and answers the nanoseconds of one unit of a record's fraction. */
  private static long unitOfFraction(ByteBuffer data) throws RigException {
    for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
      switch (data.order(order).getInt(0)) {
        case MAGIC_NANOSECONDS -> {
          return 1;
        }
        case MAGIC_MICROSECONDS -> {
          return 1_000;
        }
        default -> {
          // The other order, or no capture at all.
        }
      }
    }
    throw new RigException("The file is not a capture in pcap format.");
  }
}
