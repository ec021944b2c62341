package org.patchbay.drills.rig;

import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What {@code iperf3} reports of one interval of a stream.
 *
 * @param from its begin in seconds since the stream's
 * @param to its end
 * @param bytes about how many bytes came, as iperf3 rounds them to three digits
 * @param total whether it is the sum of the whole stream
 */
public record StreamInterval(double from, double to, double bytes, boolean total) {
  private static final Pattern WORDS =
      Pattern.compile(
          "\\[ *\\d+\\] +([0-9.]+)-([0-9.]+) +sec +([0-9.]+) ([KMGT]?)Bytes .*?(sender|receiver)? *$");
  private static final Map<String, Double> UNITS =
      Map.of("", 1.0, "K", 0x1p10, "M", 0x1p20, "G", 0x1p30, "T", 0x1p40);

  /** Reads a line; empty if it is another kind of line. */
  public static Optional<StreamInterval> parse(String line) {
    Matcher matcher = WORDS.matcher(line);
    if (!matcher.matches()) {
      return Optional.empty();
    }
    return Optional.of(
        new StreamInterval(
            Double.parseDouble(matcher.group(1)),
            Double.parseDouble(matcher.group(2)),
            Double.parseDouble(matcher.group(3)) * UNITS.getOrDefault(matcher.group(4), 1.0),
            matcher.group(5) != null));
  }
}
