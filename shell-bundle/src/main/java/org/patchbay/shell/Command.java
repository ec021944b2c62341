package org.patchbay.shell;

import java.util.List;

/**
 * One command of the console.
 *
 * @param name the word that calls it
 * @param arguments its arguments as the usage line shows them, such as {@code NIC ENDPOINT}
 * @param least the smallest number of arguments
 * @param most the largest number of arguments
 * @param summary what it does, in a few words
 * @param help what else there is to know, one or more lines without a last line end
 * @param action what it does
 * @param completion what can stand at each place
 */
record Command(
    String name,
    String arguments,
    int least,
    int most,
    String summary,
    String help,
    Action action,
    Completion completion) {

  /** What a command does. */
  @FunctionalInterface
  interface Action {
    /**
     * Runs the command; a wait inside is bounded.
     *
     * @param arguments as many as the command takes
     * @return the answer, lines without a last line end; empty if there is nothing to say
     * @throws CommandRefused if it did not do what it says
     * @throws InterruptedException when interrupted
     */
    String run(List<String> arguments) throws CommandRefused, InterruptedException;
  }

  /** Knows what can stand at each place of a command. */
  @FunctionalInterface
  interface Completion {
    /** Completes nothing. */
    Completion NONE = before -> List.of();

    /**
     * What can stand next.
     *
     * @param before the arguments before the one that is being typed
     */
    List<String> next(List<String> before);
  }

  /** The usage line. */
  String usage() {
    return arguments.isEmpty() ? name : name + " " + arguments;
  }
}
