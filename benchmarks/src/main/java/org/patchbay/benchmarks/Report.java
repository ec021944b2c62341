package org.patchbay.benchmarks;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Prints the rows of one bench as they come, and keeps every round for a file. */
final class Report {

  private final PrintStream out;
  private final boolean likeMachine;
  private final List<Row> rows = new ArrayList<>();

  Report(PrintStream out, boolean likeMachine) {
    this.out = out;
    this.likeMachine = likeMachine;
  }

  /** Adds and prints a row. */
  void add(Row row) {
    rows.add(row);
    out.println(row.line(likeMachine));
  }

  /** Prints a line that is no row: a count, a remark. */
  void note(String line) {
    out.println(line);
  }

  /** Writes each round of each row as comma-separated values. */
  void write(Path file) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add("row,unit,target,verdict,round,ours,theirs");
    for (Row row : rows) {
      for (int round = 0; round < row.ours().length; round++) {
        lines.add(
            String.format(
                Locale.ROOT,
                "\"%s\",%s,%.2f,%s,%d,%.3f,%.3f",
                row.label(),
                row.unit(),
                row.target().limit(),
                row.verdict(likeMachine),
                round + 1,
                row.ours()[round],
                row.theirs()[round]));
      }
    }
    Files.createDirectories(file.toAbsolutePath().getParent());
    Files.write(file, lines);
  }
}
