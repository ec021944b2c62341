package org.patchbay.drills.platform;

import java.util.List;
import java.util.Optional;
import org.patchbay.drills.rig.RigException;

/**
 * The platform's answer to {@code inspect NIC}.
 *
 * @param text as it was printed
 */
public record Inspection(String text) {

  /** The transitions it lists, oldest first. */
  public List<SwapRow> swaps() {
    return SwapRow.parse(text);
  }

  /** The value of the first line {@code name: value}, at whatever depth. */
  public Optional<String> value(String name) {
    String begin = name + ": ";
    return text.lines()
        .map(String::strip)
        .filter(line -> line.startsWith(begin))
        .map(line -> line.substring(begin.length()))
        .findFirst();
  }

  /** How many lines there are of a text, which is compared without indentation. */
  public long count(String wanted) {
    return text.lines().filter(line -> line.strip().equals(wanted)).count();
  }

  /**
   * The number of the first line {@code name: number}.
   *
   * @throws RigException if there is no such line
   */
  public long number(String name) throws RigException {
    String value =
        value(name).orElseThrow(() -> new RigException("'" + name + "' is not inspected: " + text));
    try {
      return Long.parseLong(value);
    } catch (NumberFormatException e) {
      throw new RigException("'" + name + "' is no number but '" + value + "'.", e);
    }
  }
}
