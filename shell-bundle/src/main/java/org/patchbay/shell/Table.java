package org.patchbay.shell;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Rows of cells as aligned lines of text. Used by one thread. */
final class Table {

  private static final String GAP = "  ";

  private final List<List<String>> rows = new ArrayList<>();
  private final Set<Integer> rightAligned = new HashSet<>();

  /**
   * Names the columns.
   *
   * @param columns the headings; one that begins with {@code >} stands over numbers, whose last
   *     digits are aligned
   */
  Table heading(String... columns) {
    List<String> row = new ArrayList<>();
    for (int i = 0; i < columns.length; i++) {
      boolean right = columns[i].startsWith(">");
      if (right) {
        rightAligned.add(i);
      }
      row.add(right ? columns[i].substring(1) : columns[i]);
    }
    rows.addFirst(row);
    return this;
  }

  /**
   * Adds a row; {@code null} cells are not allowed, an empty one shows as a dash. A stranger's name
   * can neither spoil the columns nor the terminal.
   */
  void row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (Object cell : cells) {
      String text = Printable.cell(cell.toString());
      row.add(text.isEmpty() ? "-" : text);
    }
    rows.add(row);
  }

  /** The lines, without a last line end. */
  String render() {
    List<Integer> widths = new ArrayList<>();
    for (List<String> row : rows) {
      for (int i = 0; i < row.size(); i++) {
        if (i == widths.size()) {
          widths.add(0);
        }
        widths.set(i, Math.max(widths.get(i), row.get(i).length()));
      }
    }
    return String.join("\n", rows.stream().map(row -> line(row, widths)).toList());
  }

  private String line(List<String> row, List<Integer> widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < row.size(); i++) {
      String cell = row.get(i);
      String padding = String.join("", Collections.nCopies(widths.get(i) - cell.length(), " "));
      line.append(i == 0 ? "" : GAP);
      line.append(rightAligned.contains(i) ? padding + cell : cell + padding);
    }
    return line.toString().stripTrailing();
  }
}
