package org.patchbay.conformance.command;

/**
 * How the process of a run ended.
 *
 * @param sentence the beginning of a sentence that tells it, such as {@code its process ended with
 *     exit code 1}
 * @param byItself whether it ended by itself, as against at a limit of this command
 */
record Ending(String sentence, boolean byItself) {

  /** By itself, with an exit code. */
  static Ending exit(int code) {
    return new Ending("its process ended with exit code " + code, true);
  }

  /** At a limit, after an amount that is named. */
  static Ending limit(String amount) {
    return new Ending("the run was ended after " + amount, false);
  }
}
