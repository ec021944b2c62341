package org.patchbay.probe;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.patchbay.frontend.NicProperties;

/**
 * What a probe sends and how much it has room for.
 *
 * @param rate frames a second: 0 is silent, {@link #MAX_RATE} as many as the ring takes
 * @param sizes lengths of frames in bytes, sent in turn, without the frame check sequence
 * @param segments over how many guest segments each frame is spread, at least 1
 * @param buffers receive buffers
 * @param window transmits in flight or queued at a time
 * @param verify whether each byte of a frame differs from frame to frame and is checked on return,
 *     and not its header alone
 */
public record ProbeSettings(
    long rate, List<Integer> sizes, int segments, int buffers, int window, boolean verify) {

  /** The rate that stands for as many frames as the ring takes. */
  public static final long MAX_RATE = Long.MAX_VALUE;

  /** Largest number of frames a second that can be asked for, other than {@link #MAX_RATE}. */
  public static final long MOST_FRAMES_PER_SECOND = 100_000_000;

  /** The length of the shortest frame in bytes: that of Ethernet, without its check sequence. */
  public static final int LEAST_SIZE = 60;

  static final String DEFAULT_RATE = "1000";
  static final String DEFAULT_SIZE = "60";
  static final int DEFAULT_BUFFERS = 256;
  static final int DEFAULT_WINDOW = 256;

  private static final String RATE_MAX = "max";
  private static final int MOST_SIZES = 64;
  private static final int MOST_SEGMENTS = 64;
  private static final int MOST_SLOTS = 32768;

  public ProbeSettings {
    sizes = List.copyOf(sizes);
    if (sizes.isEmpty()) {
      throw new IllegalArgumentException("size is empty; allowed is at least one length");
    }
  }

  /**
   * Reads the keys {@code rate}, {@code size}, {@code segments}, {@code buffers}, {@code window}
   * and {@code verify}.
   *
   * @param mtu the NIC's, in bytes
   * @throws IllegalArgumentException naming the key, its value and what is allowed
   */
  public static ProbeSettings read(NicProperties properties, int mtu) {
    List<Integer> sizes = readSizes(properties, mtu);
    int shortest = sizes.stream().mapToInt(Integer::intValue).min().orElseThrow();
    // The header stays in one segment, and each further segment has at least a byte.
    int mostSegments = Math.min(MOST_SEGMENTS, 1 + shortest - ProbeFrames.HEADER_LENGTH);
    return new ProbeSettings(
        readRate(properties),
        sizes,
        (int) properties.number("segments", 1, 1, mostSegments),
        (int) properties.number("buffers", DEFAULT_BUFFERS, 1, MOST_SLOTS),
        (int) properties.number("window", DEFAULT_WINDOW, 1, MOST_SLOTS),
        properties.flag("verify", false));
  }

  /** The same with another rate. */
  public ProbeSettings withRate(long newRate) {
    return new ProbeSettings(newRate, sizes, segments, buffers, window, verify);
  }

  private static long readRate(NicProperties properties) {
    String text = properties.text("rate");
    if (RATE_MAX.equals(text)) {
      return MAX_RATE;
    }
    try {
      return properties.number("rate", Long.parseLong(DEFAULT_RATE), 0, MOST_FRAMES_PER_SECOND);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(e.getMessage() + ", and " + RATE_MAX, e);
    }
  }

  private static List<Integer> readSizes(NicProperties properties, int mtu) {
    String text = properties.text("size");
    List<Integer> sizes = new ArrayList<>();
    for (String part : (text == null ? DEFAULT_SIZE : text).split(",", -1)) {
      sizes.add(readSize(part.strip(), text, mtu));
    }
    if (sizes.size() > MOST_SIZES) {
      throw sizeRefused(text, mtu);
    }
    return sizes;
  }

  private static int readSize(String part, @Nullable String text, int mtu) {
    try {
      int size = Integer.parseInt(part);
      if (size >= LEAST_SIZE && size <= ProbeFrames.longest(mtu)) {
        return size;
      }
    } catch (NumberFormatException e) {
      // Said below, in one sentence for both.
    }
    throw sizeRefused(text, mtu);
  }

  private static IllegalArgumentException sizeRefused(@Nullable String text, int mtu) {
    return new IllegalArgumentException(
        "size is '"
            + text
            + "'; allowed are 1 to "
            + MOST_SIZES
            + " whole numbers from "
            + LEAST_SIZE
            + " to "
            + ProbeFrames.longest(mtu)
            + " (mtu and Ethernet header) with commas between");
  }
}
