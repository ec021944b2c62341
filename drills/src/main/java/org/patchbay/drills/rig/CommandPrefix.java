package org.patchbay.drills.rig;

import java.util.ArrayList;
import java.util.List;

/**
 * Words that stand before a command so that it runs elsewhere, or as somebody else. Their program
 * gives its process to the command, so that the command has its process id.
 *
 * @param words the words; none if the command runs as it is
 */
public record CommandPrefix(List<String> words) {
  /** Runs the command here, as this process's user. */
  public static final CommandPrefix NONE = new CommandPrefix(List.of());

  /** The whole command. */
  public List<String> before(List<String> command) {
    List<String> whole = new ArrayList<>(words);
    whole.addAll(command);
    return whole;
  }
}
