package org.patchbay.shell;

import java.util.List;
import org.apache.felix.service.command.CommandSession;
import org.apache.felix.service.command.Function;

/**
 * What the prompt's completion asks: {@code candidates WORDS INDEX} answers the words that can take
 * the place of one that is being typed. Any thread.
 */
final class GogoCandidates implements Function {

  /** The function's name; no command for people. */
  static final String NAME = "candidates";

  private final CommandTable table;

  GogoCandidates(CommandTable table) {
    this.table = table;
  }

  /**
   * @param arguments the words of the line, a list whose first word may have a scope, and the index
   *     of the word that is being typed
   */
  @Override
  public List<String> execute(CommandSession session, List<Object> arguments)
      throws CommandRefused {
    if (arguments.size() == 2 && arguments.get(0) instanceof List<?> line) {
      List<String> words =
          line.stream().map(word -> String.valueOf(word).replaceFirst("^patchbay:", "")).toList();
      // A number or, in a script, its digits.
      String index = String.valueOf(arguments.get(1));
      if (index.matches("\\d{1,4}") && Integer.parseInt(index) < words.size()) {
        return table.candidates(words, Integer.parseInt(index));
      }
    }
    throw new CommandRefused("The usage is: candidates WORDS INDEX");
  }
}
