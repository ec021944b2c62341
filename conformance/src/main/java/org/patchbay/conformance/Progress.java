package org.patchbay.conformance;

/** Hears of a run while it goes on. Called by the thread that runs the kit; should return soon. */
public interface Progress {

  /**
   * A check begins.
   *
   * @param line the line's id
   * @param title what is checked, as a short sentence
   */
  void begins(String line, String title);

  /** A check has ended, or a line turned out to be broken. */
  void found(CheckResult result);

  /** Hears of nothing. */
  static Progress none() {
    return new Progress() {
      @Override
      public void begins(String line, String title) {}

      @Override
      public void found(CheckResult result) {}
    };
  }
}
