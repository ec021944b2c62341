package org.patchbay.itests;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** What the runs of each fault came to, as the table of {@code docs/faults.md} shows it. */
final class FaultTable {

  static final String BEGIN = "<!-- table: begin (made by FaultIT) -->";
  static final String END = "<!-- table: end -->";

  private static final String HEADER =
      "| fault | what the platform did | gap of the NIC, ms | gap of its neighbour, ms"
          + " | undisturbed, ms | ids outstanding | set aside |\n"
          + "| --- | --- | ---: | ---: | ---: | ---: | ---: |\n";

  /**
   * What one run came to.
   *
   * @param did what the platform did
   * @param nicGap longest gap of the NIC in microseconds, -1 where nothing came back to it
   * @param neighbourGap the neighbour's
   * @param outstanding ids that should have come back
   * @param setAside receive ids that a call still held
   */
  record Run(String did, long nicGap, long neighbourGap, long outstanding, long setAside) {}

  private final Map<FaultCase, List<Run>> runs = new LinkedHashMap<>();
  private final Map<FaultCase.Length, List<Long>> undisturbed = new LinkedHashMap<>();
  // Of faults that were measured anew, with undisturbed runs of their own.
  private final Map<FaultCase, List<Long>> ownUndisturbed = new LinkedHashMap<>();

  void add(FaultCase fault, Run run) {
    runs.computeIfAbsent(fault, unused -> new ArrayList<>()).add(run);
  }

  /** Takes the longest gap of a run in which nothing happened. */
  void addUndisturbed(FaultCase.Length length, long gap) {
    undisturbed.computeIfAbsent(length, unused -> new ArrayList<>()).add(gap);
  }

  List<Run> runs(FaultCase fault) {
    return runs.getOrDefault(fault, List.of());
  }

  /** Forgets the gaps of a fault, to measure it anew beside undisturbed runs of its own. */
  void forget(FaultCase fault) {
    runs.remove(fault);
    ownUndisturbed.put(fault, new ArrayList<>());
  }

  /** Takes the longest gap of an undisturbed run that belongs to a fault measured anew. */
  void addUndisturbed(FaultCase fault, long gap) {
    ownUndisturbed.computeIfAbsent(fault, unused -> new ArrayList<>()).add(gap);
  }

  /** The neighbour's median, in microseconds. */
  long neighbourGap(FaultCase fault) {
    return median(runs(fault).stream().mapToLong(Run::neighbourGap).toArray());
  }

  /** Whether a fault has undisturbed runs of its own. */
  boolean isMeasuredAnew(FaultCase fault) {
    return ownUndisturbed.containsKey(fault);
  }

  /**
   * The median of the undisturbed runs of a fault's length or, if that is less, of those that were
   * measured beside it, in microseconds.
   */
  long undisturbedGap(FaultCase fault) {
    long all = median(undisturbed.getOrDefault(fault.length(), List.of()));
    List<Long> own = ownUndisturbed.get(fault);
    return own == null ? all : Math.min(all, median(own));
  }

  private static long median(List<Long> values) {
    return median(values.stream().mapToLong(Long::longValue).toArray());
  }

  static long median(long[] values) {
    if (values.length == 0) {
      return -1;
    }
    long[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private static String millis(long micros) {
    return micros < 0 ? "–" : String.format(Locale.ROOT, "%.1f", micros / 1000.0);
  }

  /** The table in Markdown, with the faults in an order. */
  String text(List<FaultCase> order) {
    StringBuilder text = new StringBuilder(HEADER);
    for (FaultCase row : order) {
      List<Run> own = runs(row);
      long nic = median(own.stream().mapToLong(Run::nicGap).filter(gap -> gap >= 0).toArray());
      text.append("| ")
          .append(
              String.join(
                  " | ",
                  row.name(),
                  own.getFirst().did(),
                  millis(nic),
                  millis(neighbourGap(row)),
                  millis(undisturbedGap(row)),
                  Long.toString(own.stream().mapToLong(Run::outstanding).max().orElse(0)),
                  Long.toString(own.stream().mapToLong(Run::setAside).max().orElse(0))))
          .append(" |\n");
    }
    return text.toString();
  }

  /** The names in the first column of a document's table. */
  static List<String> names(Path document) throws IOException {
    String text = Files.readString(document);
    int begin = text.indexOf(BEGIN);
    int end = text.indexOf(END);
    if (begin < 0 || end < begin) {
      throw new AssertionError(document + " has no table between its marks");
    }
    return text.substring(begin, end)
        .lines()
        .filter(line -> line.startsWith("| "))
        .map(line -> line.split("\\|", 3)[1].strip())
        .filter(name -> !name.equals("fault") && !name.startsWith("---"))
        .toList();
  }

  /** A folder or file that the build tells of. */
  static Path told(String property) {
    return Path.of(Objects.requireNonNull(System.getProperty(property), property + " is not set"));
  }
}
