package org.patchbay.drills;

import java.io.PrintStream;

/** Tells the person at the terminal what happens. */
final class Narrator {
  private final PrintStream out;

  Narrator(PrintStream out) {
    this.out = out;
  }

  /** Prints a line at once. */
  void say(String line) {
    out.println(line);
    out.flush();
  }
}
