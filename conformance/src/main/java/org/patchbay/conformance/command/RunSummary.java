package org.patchbay.conformance.command;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.patchbay.conformance.CheckResult;
import org.patchbay.conformance.ConformanceReport;
import org.patchbay.conformance.Outcome;

/**
 * What came of a run.
 *
 * @param reports one for each backend that was run
 * @param notes what there is to tell besides
 * @param problem why the kit could not run, or not to its end, as a sentence; else null
 */
record RunSummary(List<ConformanceReport> reports, List<String> notes, @Nullable String problem) {

  /** Reads the log of a run, by {@link #of}. */
  private static final class Reader {
    final String name;
    final List<ConformanceReport> reports = new ArrayList<>();
    final List<String> notes = new ArrayList<>();
    List<RunLog.Entry> planned = new ArrayList<>();
    List<CheckResult> results = new ArrayList<>();
    RunLog.@Nullable Entry begun;
    @Nullable String backend;
    @Nullable String problem;
    String step = "starting the framework";
    boolean done;

    Reader(String name) {
      this.name = name;
    }

    void read(RunLog.Entry entry) {
      switch (entry.kind()) {
        case STEP -> step = entry.text();
        case PROBLEM -> problem = entry.text();
        case NOTE -> notes.add(entry.text());
        case BACKEND -> backend = entry.text();
        case PLANNED -> planned.add(entry);
        case BEGINS -> begun = entry;
        case FOUND -> found(entry.result());
        case BACKEND_DONE -> endBackend();
        case DONE -> done = true;
      }
    }

    private void found(CheckResult result) {
      results.add(result);
      RunLog.Entry check = begun;
      if (check != null && check.texts().equals(List.of(result.line(), result.title()))) {
        begun = null;
      }
    }

    void endBackend() {
      reports.add(new ConformanceReport(name + " " + backend, results));
      planned = new ArrayList<>();
      results = new ArrayList<>();
      backend = null;
    }

    /** The process ended in the middle of a backend's checks. */
    void breakOff(Ending ended, String output) {
      RunLog.Entry check = begun;
      if (check != null) {
        results.add(underWay(check, ended));
      }
      if (!ended.byItself()) {
        problem =
            ended.sentence()
                + (check == null
                    ? ": no further check was made."
                    : " while "
                        + nameOf(check)
                        + " was checked: that check has no end, and no further one was made.");
      }
      Set<String> told = new HashSet<>();
      results.forEach(result -> told.add(result.line() + result.title()));
      for (RunLog.Entry entry : planned) {
        if (!told.contains(entry.texts().get(0) + entry.texts().get(1))) {
          results.add(result(entry, Outcome.BLOCKED, ended.sentence() + " before"));
        }
      }
      endBackend();
      if (!output.isEmpty()) {
        notes.add("before " + ended.sentence() + ", it printed\n" + output);
      }
    }

    /** Of what the process ended in: at a limit of the command's own nobody knows whose fault. */
    private static CheckResult underWay(RunLog.Entry check, Ending ended) {
      String when = ended.sentence() + " while this was checked";
      return ended.byItself()
          ? result(check, Outcome.BROKEN, when + ": the backend called System.exit or worse")
          : result(check, Outcome.BLOCKED, when);
    }

    private static CheckResult result(RunLog.Entry check, Outcome outcome, String detail) {
      return new CheckResult(check.texts().get(0), check.texts().get(1), outcome, detail);
    }

    private static String nameOf(RunLog.Entry check) {
      return check.texts().get(0) + " (" + check.texts().get(1) + ")";
    }
  }

  RunSummary {
    reports = List.copyOf(reports);
    notes = List.copyOf(notes);
  }

  /**
   * Makes sense of a log.
   *
   * @param name what reports call the bundle
   * @param ended how the process ended
   * @param output the last lines that it printed
   */
  static RunSummary of(String name, List<RunLog.Entry> log, Ending ended, String output) {
    Reader reader = new Reader(name);
    log.forEach(reader::read);
    if (reader.backend != null && reader.problem == null) {
      reader.breakOff(ended, output);
    } else if (!reader.done && reader.problem == null) {
      reader.problem =
          ended.sentence()
              + " while "
              + reader.step
              + (output.isEmpty() ? "." : "; the last lines that it printed:\n" + output);
    }
    return new RunSummary(reader.reports, reader.notes, reader.problem);
  }

  /** Broken lines, with the report's name where there are several reports. */
  List<String> broken() {
    List<String> broken = new ArrayList<>();
    for (ConformanceReport report : reports) {
      for (String line : report.broken()) {
        broken.add(reports.size() == 1 ? line : line + " (" + report.name() + ")");
      }
    }
    return broken;
  }
}
