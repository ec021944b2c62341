package org.patchbay.conformance;

import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Why lines that bear no mark have no check in the kit. */
final class OutsideTheKit {

  /** The headings under which lines speak of every endpoint, or of what it is given. */
  static final Set<String> GENERAL = Set.of("Endpoint", "Queue", "Buffers and packets");

  /** The heading under which lines speak of endpoints around others. */
  static final String WRAPPER = "Wrapper";

  private static final String API = "the API's own classes keep it, and its tests show it";
  private static final String FRONTEND = "frontends have to keep it, and their tests show it";
  private static final String KIT = "it speaks of this kit, whose own tests show it";

  private static final Map<String, String> REASONS =
      Map.ofEntries(
          Map.entry("E11", API),
          Map.entry("E16", API),
          Map.entry("E18", API),
          Map.entry("E20", "lines W1 to W6 say more, and WrapperConformance checks them"),
          Map.entry("B1", FRONTEND),
          Map.entry("B2", FRONTEND),
          Map.entry("B3", FRONTEND),
          Map.entry("B4", FRONTEND),
          Map.entry("B6", FRONTEND),
          Map.entry("B7", FRONTEND),
          Map.entry("B10", API),
          Map.entry("B11", API),
          Map.entry("B12", API),
          Map.entry("B13", API),
          Map.entry("B14", API),
          Map.entry("B15", API),
          Map.entry("B17", API),
          Map.entry("B18", API),
          Map.entry("B19", API),
          Map.entry("B20", "the platform keeps it, and its tests show it"),
          Map.entry("B21", KIT));

  private OutsideTheKit() {}

  /** Why the kit does not check a line that is not marked; null if there is no reason. */
  static @Nullable String reason(String id) {
    return REASONS.get(id);
  }

  /** Ids that have a reason. */
  static Set<String> ids() {
    return REASONS.keySet();
  }

  /** What a report says of a line without a check in this run. */
  static LineFinding finding(ContractEntry entry) {
    String reason = reason(entry.id());
    if (reason != null) {
      return new LineFinding(entry, Outcome.NOT_CHECKED, List.of(reason));
    }
    if (entry.section().equals(WRAPPER)) {
      return new LineFinding(
          entry,
          Outcome.NOT_APPLICABLE,
          List.of(
              "its lines speak of endpoints around another one, which WrapperConformance checks"));
    }
    if (!GENERAL.contains(entry.section())) {
      return new LineFinding(
          entry,
          Outcome.NOT_APPLICABLE,
          List.of("its lines speak of this one alone, whose own tests show them"));
    }
    return new LineFinding(entry, Outcome.NOT_CHECKED, List.of("no check of it was run"));
  }
}
