package org.patchbay.vhostuser.peer;

import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.patchbay.vhostuser.protocol.Message;
import org.patchbay.vhostuser.protocol.Request;

/**
 * A message in a transcript: {@code > SET_VRING_KICK flags=1 payload=0000000000000000 fds=1}.
 *
 * @param fromFrontEnd whether it is a request, written {@code >}, or a reply, written {@code <}
 * @param code the request's number
 * @param flags as on the wire
 * @param payload as on the wire
 * @param descriptors how many came with it
 */
public record TranscriptLine(
    boolean fromFrontEnd, int code, int flags, byte[] payload, int descriptors) {

  private static final Pattern FORM =
      Pattern.compile("([<>]) (\\S+) flags=([0-9a-f]+) payload=([0-9a-f]*) fds=(\\d+)");

  static TranscriptLine of(boolean fromFrontEnd, Message message) {
    return new TranscriptLine(
        fromFrontEnd,
        message.code(),
        message.flags(),
        message.payload(),
        message.descriptorCount());
  }

  /** Reads a line of a transcript. */
  public static TranscriptLine parse(String line) {
    Matcher parts = FORM.matcher(line);
    if (!parts.matches()) {
      throw new IllegalArgumentException("no message of a transcript: " + line);
    }
    return new TranscriptLine(
        parts.group(1).equals(">"),
        code(parts.group(2)),
        Integer.parseInt(parts.group(3), 16),
        HexFormat.of().parseHex(parts.group(4)),
        Integer.parseInt(parts.group(5)));
  }

  private static int code(String name) {
    return Character.isDigit(name.charAt(0))
        ? Integer.parseInt(name)
        : Request.valueOf(name).code();
  }

  @Override
  public String toString() {
    Request request = Request.of(code);
    return String.format(
        Locale.ROOT,
        "%s %s flags=%x payload=%s fds=%d",
        fromFrontEnd ? ">" : "<",
        request == null ? Integer.toString(code) : request.name(),
        flags,
        HexFormat.of().formatHex(payload),
        descriptors);
  }
}
