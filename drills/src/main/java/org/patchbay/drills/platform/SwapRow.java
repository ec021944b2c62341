package org.patchbay.drills.platform;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * One transition of a NIC, as {@code inspect} prints it.
 *
 * @param generation the plug's number
 * @param from name of the old endpoint, {@code -} if none was plugged
 * @param to name of the endpoint that is live since
 * @param why the reason, in words
 * @param blackoutMicros microseconds from the last packet through the old endpoint to the first
 *     through the new one; empty as long as none has passed
 */
public record SwapRow(
    long generation, String from, String to, String why, OptionalLong blackoutMicros) {
  private static final String HEADING = "TIME";
  private static final String MICROSECONDS = " µs";

  /** Reads the rows of the table under {@code last swaps}, oldest first. */
  static List<SwapRow> parse(String inspection) {
    List<SwapRow> rows = new ArrayList<>();
    boolean inTable = false;
    for (String line : inspection.split("\n")) {
      // Columns stand two blanks or more apart; a cell has single ones only.
      String[] cells = line.strip().split(" {2,}");
      if (cells[0].equals(HEADING)) {
        inTable = true;
      } else if (inTable && cells.length >= 9) {
        rows.add(
            new SwapRow(Long.parseLong(cells[1]), cells[2], cells[3], cells[4], micros(cells[5])));
      } else {
        inTable = false;
      }
    }
    return rows;
  }

  private static OptionalLong micros(String cell) {
    return cell.endsWith(MICROSECONDS)
        ? OptionalLong.of(Long.parseLong(cell.substring(0, cell.length() - MICROSECONDS.length())))
        : OptionalLong.empty();
  }
}
