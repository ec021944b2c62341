package org.patchbay.conformance;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The lines of {@code docs/contract.md}, which the build packs into the kit, so that reports bear
 * the contract's own ids and sentences. Any thread.
 */
public final class ContractText {

  private static final String RESOURCE = "contract.md";
  private static final Pattern LINE = Pattern.compile("\\| ([A-Z][0-9]+)( ●)? \\| (.*) \\|");
  private static final Pattern HEADING = Pattern.compile("## (.*)");

  private ContractText() {}

  /** All lines, in their order. */
  public static List<ContractEntry> entries() {
    try (InputStream resource = ContractText.class.getResourceAsStream(RESOURCE)) {
      if (resource == null) {
        throw new IllegalStateException("the kit's jar lacks its copy of docs/" + RESOURCE);
      }
      return parse(new String(resource.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("the kit's copy of docs/" + RESOURCE + " can't be read", e);
    }
  }

  /** The lines of a text like {@code docs/contract.md}. */
  static List<ContractEntry> parse(String text) {
    List<ContractEntry> entries = new ArrayList<>();
    String section = "";
    for (String row : text.lines().toList()) {
      Matcher heading = HEADING.matcher(row);
      Matcher line = LINE.matcher(row);
      if (heading.matches()) {
        section = heading.group(1);
      } else if (line.matches()) {
        String sentence = line.group(3).replace("`", "");
        entries.add(new ContractEntry(line.group(1), section, line.group(2) != null, sentence));
      }
    }
    return entries;
  }
}
