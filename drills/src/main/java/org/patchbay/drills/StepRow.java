package org.patchbay.drills;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What one step of a story did to the traffic.
 *
 * @param step what was done
 * @param blackoutMicros the platform's word: microseconds from the last packet through the old
 *     endpoint to the first through the new one; empty if none has passed or there was no swap
 * @param gapMicros our own count: the longest time in this step in which no frame arrived, in
 *     microseconds; empty where nobody but the platform sees frames
 * @param sent frames that the guest's side sent in this step
 * @param lost those of them that never arrived
 * @param idsOutstanding ids that the frontend's ledger misses
 * @param alive whether the TCP stream, or else the probe's flow, went on
 */
record StepRow(
    String step,
    OptionalLong blackoutMicros,
    OptionalLong gapMicros,
    long sent,
    long lost,
    long idsOutstanding,
    boolean alive) {

  /**
   * The rows as a table.
   *
   * @param flow heading of the last column
   */
  static String table(List<StepRow> rows, String flow) {
    List<List<String>> cells = new ArrayList<>();
    cells.add(
        List.of(
            "step",
            "blackout µs",
            "longest gap µs",
            "frames sent",
            "frames lost",
            "ids outstanding",
            flow));
    for (StepRow row : rows) {
      cells.add(
          List.of(
              row.step,
              text(row.blackoutMicros),
              text(row.gapMicros),
              Long.toString(row.sent),
              Long.toString(row.lost),
              Long.toString(row.idsOutstanding),
              row.alive ? "yes" : "NO"));
    }
    return align(cells);
  }

  private static String text(OptionalLong number) {
    return number.isPresent() ? Long.toString(number.getAsLong()) : "-";
  }

  private static String align(List<List<String>> cells) {
    int[] widths = new int[cells.getFirst().size()];
    for (List<String> row : cells) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    StringBuilder text = new StringBuilder();
    for (List<String> row : cells) {
      for (int i = 0; i < widths.length; i++) {
        String padding = " ".repeat(widths[i] - row.get(i).length());
        // The first column holds words, the others hold numbers.
        text.append(i == 0 ? row.get(i) + padding : "  " + padding + row.get(i));
      }
      text.append('\n');
    }
    return text.toString();
  }
}
