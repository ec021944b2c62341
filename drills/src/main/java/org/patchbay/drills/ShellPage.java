package org.patchbay.drills;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.patchbay.drills.rig.RigException;

/**
 * What a page of the documentation has its readers type: its shell blocks, in order.
 *
 * @param script the lines of the blocks
 * @param commands how many commands that is: each begins at the start of a line, and what is
 *     indented, a closing brace, or a here-document belongs to the one before
 */
record ShellPage(String script, int commands) {
  private static final String BLOCK_BEGIN = "```sh";
  private static final String BLOCK_END = "```";
  private static final Pattern HERE_DOCUMENT = Pattern.compile("<<'?(\\w+)'?");
  private static final Pattern COMMAND = Pattern.compile("[^\\s#}].*");

  /** Reads a page. */
  static ShellPage read(Path page) throws RigException {
    try {
      return of(Files.readAllLines(page));
    } catch (IOException e) {
      throw new RigException(page + " can't be read: " + e.getMessage(), e);
    }
  }

  /** Takes the blocks out of a page's lines. */
  static ShellPage of(List<String> page) {
    StringBuilder script = new StringBuilder();
    int commands = 0;
    boolean inside = false;
    @Nullable String hereEnd = null;
    for (String line : page) {
      if (hereEnd == null && line.equals(inside ? BLOCK_END : BLOCK_BEGIN)) {
        inside = !inside;
        continue;
      }
      if (!inside) {
        continue;
      }
      script.append(line).append('\n');
      if (hereEnd != null) {
        hereEnd = line.equals(hereEnd) ? null : hereEnd;
        continue;
      }
      commands += COMMAND.matcher(line).matches() ? 1 : 0;
      Matcher here = HERE_DOCUMENT.matcher(line);
      hereEnd = here.find() ? here.group(1) : null;
    }
    return new ShellPage(script.toString(), commands);
  }
}
