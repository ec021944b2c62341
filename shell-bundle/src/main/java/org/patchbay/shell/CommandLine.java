package org.patchbay.shell;

import java.util.ArrayList;
import java.util.List;

/**
 * Cuts a line into words at blanks. Single and double quotes keep blanks, a backslash keeps the
 * next character; inside single quotes it is an ordinary character.
 */
final class CommandLine {

  private CommandLine() {}

  /**
   * The words of a line.
   *
   * @throws CommandRefused if a quote has no end
   */
  static List<String> words(String line) throws CommandRefused {
    List<String> words = new ArrayList<>();
    StringBuilder word = new StringBuilder();
    boolean inWord = false;
    char quote = 0;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '\\' && quote != '\'' && i + 1 < line.length()) {
        i++;
        word.append(line.charAt(i));
        inWord = true;
      } else if (quote != 0) {
        if (c == quote) {
          quote = 0;
        } else {
          word.append(c);
        }
      } else if (c == '\'' || c == '"') {
        quote = c;
        inWord = true;
      } else if (Character.isWhitespace(c)) {
        if (inWord) {
          words.add(word.toString());
          word.setLength(0);
          inWord = false;
        }
      } else {
        word.append(c);
        inWord = true;
      }
    }
    if (quote != 0) {
      throw new CommandRefused("The quote " + quote + " has no end: close it, or write \\" + quote);
    }
    if (inWord) {
      words.add(word.toString());
    }
    return words;
  }

  /**
   * The words of an unfinished line; the last one is the one that is being typed, empty after a
   * blank.
   *
   * @throws CommandRefused if a quote has no end
   */
  static List<String> unfinishedWords(String line) throws CommandRefused {
    List<String> words = words(line);
    if (words.isEmpty() || Character.isWhitespace(line.charAt(line.length() - 1))) {
      words.add("");
    }
    return words;
  }
}
