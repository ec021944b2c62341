package org.patchbay.drills.rig;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The last words of {@code ping}.
 *
 * @param sent echo requests that it sent
 * @param received replies that it got
 */
public record PingSummary(long sent, long received) {
  private static final Pattern WORDS =
      Pattern.compile("(\\d+) packets transmitted, (\\d+) received");

  /**
   * Reads them out of ping's output.
   *
   * @throws RigException if they are not there
   */
  public static PingSummary parse(String output) throws RigException {
    Matcher matcher = WORDS.matcher(output);
    if (!matcher.find()) {
      throw new RigException("ping did not tell how it went: " + output.strip());
    }
    return new PingSummary(Long.parseLong(matcher.group(1)), Long.parseLong(matcher.group(2)));
  }
}
