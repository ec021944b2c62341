package org.patchbay.conformance;

import java.util.List;

/**
 * What is known of one line of the contract after a run.
 *
 * @param entry the line
 * @param outcome what came of it; of several checks the worst counts
 * @param notes what checks found that did not simply hold, or why there was no check
 */
public record LineFinding(ContractEntry entry, Outcome outcome, List<String> notes) {

  public LineFinding {
    notes = List.copyOf(notes);
  }

  /** The outcome as reports call it. */
  public String verdict() {
    return switch (outcome) {
      case HELD -> "held";
      case BROKEN -> "BROKEN";
      case NOT_APPLICABLE -> "not applicable";
      case NOT_CHECKED, BLOCKED -> "not checked";
      case FIXTURE_FAILED -> "FIXTURE FAILED";
    };
  }

  /** A row of text: verdict, id and sentence. */
  String row() {
    return "  %-15s %-4s %s%n".formatted(verdict(), entry.id(), entry.sentence());
  }

  /** An indented row of text for each note. */
  String noteRows() {
    StringBuilder text = new StringBuilder();
    for (String note : notes) {
      text.append(" ".repeat(23)).append("- ").append(note).append('\n');
    }
    return text.toString();
  }
}
