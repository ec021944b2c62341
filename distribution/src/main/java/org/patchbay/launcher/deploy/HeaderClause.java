package org.patchbay.launcher.deploy;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.framework.Version;

/**
 * One clause of an OSGi manifest header: {@code path;path;attribute=value;directive:=value}.
 *
 * @param paths what it is about, such as package names
 * @param attributes values by name, of the type that {@code name:Type=value} says: String, Version,
 *     Long, Double, or a list of one of them
 * @param directives values by name
 */
record HeaderClause(
    List<String> paths, Map<String, Object> attributes, Map<String, String> directives) {

  /**
   * The clauses of a header.
   *
   * @param header its value, or null for none
   * @throws IllegalArgumentException if it is not written as a header must be
   */
  static List<HeaderClause> parse(@Nullable String header) {
    List<HeaderClause> clauses = new ArrayList<>();
    if (header == null || header.isBlank()) {
      return clauses;
    }
    for (String clause : split(header, ',')) {
      clauses.add(parseClause(clause));
    }
    return clauses;
  }

  private static HeaderClause parseClause(String clause) {
    List<String> paths = new ArrayList<>();
    Map<String, Object> attributes = new LinkedHashMap<>();
    Map<String, String> directives = new HashMap<>();
    for (String part : split(clause, ';')) {
      List<String> sides = split(part, '=');
      if (sides.size() == 1) {
        paths.add(part.strip());
        continue;
      }
      String key = sides.getFirst().strip();
      String value = unquoted(part.substring(part.indexOf('=') + 1).strip());
      if (key.endsWith(":")) {
        directives.put(key.substring(0, key.length() - 1).strip(), value);
      } else {
        int colon = key.indexOf(':');
        String name = colon < 0 ? key : key.substring(0, colon).strip();
        attributes.put(name, typed(colon < 0 ? "String" : key.substring(colon + 1), value));
      }
    }
    if (paths.isEmpty() || paths.contains("")) {
      throw new IllegalArgumentException("the clause '" + clause.strip() + "' names nothing");
    }
    return new HeaderClause(paths, attributes, directives);
  }

  private static Object typed(String type, String value) {
    String name = type.replace(" ", "");
    if (name.startsWith("List")) {
      String element = name.endsWith(">") ? name.substring(5, name.length() - 1) : "String";
      return split(value, ',').stream().map(one -> typed(element, one.strip())).toList();
    }
    return switch (name) {
      case "Version" -> Version.parseVersion(value);
      case "Long" -> Long.valueOf(value.strip());
      case "Double" -> Double.valueOf(value.strip());
      default -> value;
    };
  }

  /** Splits at a character that stands outside of quotation marks. */
  private static List<String> split(String text, char at) {
    List<String> parts = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < text.length(); i++) {
      char character = text.charAt(i);
      if (character == '\\' && i + 1 < text.length()) {
        part.append(character).append(text.charAt(++i));
      } else if (character == at && !quoted) {
        parts.add(part.toString());
        part.setLength(0);
      } else {
        quoted ^= character == '"';
        part.append(character);
      }
    }
    if (quoted) {
      throw new IllegalArgumentException("a quotation mark is not closed in '" + text + "'");
    }
    parts.add(part.toString());
    return parts;
  }

  private static String unquoted(String value) {
    if (value.length() < 2 || !value.startsWith("\"") || !value.endsWith("\"")) {
      return value;
    }
    return value.substring(1, value.length() - 1).replaceAll("\\\\(.)", "$1");
  }
}
