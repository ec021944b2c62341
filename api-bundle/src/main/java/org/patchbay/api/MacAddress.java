package org.patchbay.api;

import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * An Ethernet MAC address.
 *
 * @param value the 48 bits, first octet on the wire in bits 47 to 40
 */
public record MacAddress(long value) {

  private static final Pattern TEXT = Pattern.compile("[0-9a-f]{2}(:[0-9a-f]{2}){5}");

  public MacAddress {
    if (value >>> 48 != 0) {
      throw new IllegalArgumentException("a MAC address has 48 bits, got more: " + value);
    }
  }

  /**
   * Reads the usual form, six pairs of hexadecimal digits with colons between.
   *
   * @throws IllegalArgumentException naming the text and what is allowed
   */
  public static MacAddress parse(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (!TEXT.matcher(lower).matches()) {
      throw new IllegalArgumentException(
          "'" + text + "' is not a MAC address; allowed is a form like 52:54:00:12:34:56");
    }
    return new MacAddress(HexFormat.fromHexDigitsToLong(lower.replace(":", "")));
  }

  /**
   * A locally administered unicast address that is always the same for a name.
   *
   * @param name any text, such as the name of a NIC
   */
  public static MacAddress forName(String name) {
    long hash = 0xcbf29ce484222325L; // FNV-1a
    for (int i = 0; i < name.length(); i++) {
      hash = (hash ^ name.charAt(i)) * 0x100000001b3L;
    }
    return new MacAddress((hash ^ hash >>> 48) & 0xfcff_ffff_ffffL | 0x0200_0000_0000L);
  }

  /** One octet, from 0 (first on the wire) to 5. */
  public byte octet(int index) {
    return (byte) (value >>> (40 - 8 * index));
  }

  @Override
  public String toString() {
    return HexFormat.ofDelimiter(":")
        .formatHex(new byte[] {octet(0), octet(1), octet(2), octet(3), octet(4), octet(5)});
  }
}
