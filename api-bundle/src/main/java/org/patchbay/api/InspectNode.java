package org.patchbay.api;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * A node of an inspection: named values and named children, in the order in which they were added.
 * The tree is bounded: below {@link #MAX_DEPTH}, beyond {@link #MAX_ENTRIES} entries in all and
 * after {@link #MAX_TEXT} characters of a value, more is left out and marked as such; a control
 * character becomes a question mark, so that an entry is one line. Used by one thread at a time.
 */
public final class InspectNode {

  /** Depth of the deepest node; the root's is 0. */
  public static final int MAX_DEPTH = 8;

  /** Largest number of values and children of a whole tree. */
  public static final int MAX_ENTRIES = 4096;

  /** Largest number of characters of a name or value. */
  public static final int MAX_TEXT = 512;

  private static final String CUT = "…";
  private static final Pattern CONTROLS = Pattern.compile("\\p{Cntrl}");

  private record Entry(String name, String value, InspectNode child) {}

  private static final class Budget {
    int left;

    Budget(int entries) {
      left = entries;
    }
  }

  private final int depth;
  private final Budget budget;
  private final List<Entry> entries = new ArrayList<>();
  private boolean cut;

  /** An empty root. */
  public InspectNode() {
    this(MAX_ENTRIES);
  }

  /**
   * An empty root of a smaller tree.
   *
   * @param most largest number of values and children, at most {@link #MAX_ENTRIES}
   */
  public InspectNode(int most) {
    this(0, new Budget(Math.clamp(most, 0, MAX_ENTRIES)));
  }

  private InspectNode(int depth, Budget budget) {
    this.depth = depth;
    this.budget = budget;
  }

  /** Adds a text. */
  public void value(String name, String value) {
    if (spend()) {
      entries.add(new Entry(shorten(name), shorten(value), this));
    }
  }

  /** Adds a whole number. */
  public void value(String name, long value) {
    value(name, Long.toString(value));
  }

  /** Adds a yes or no. */
  public void value(String name, boolean value) {
    value(name, Boolean.toString(value));
  }

  /**
   * Adds a child.
   *
   * @return the child; where the bound is reached, a node that is not part of the tree
   */
  public InspectNode child(String name) {
    InspectNode child = new InspectNode(depth + 1, budget);
    if (depth == MAX_DEPTH) {
      cut = true;
    } else if (spend()) {
      entries.add(new Entry(shorten(name), "", child));
    }
    return child;
  }

  /**
   * Adds copies of all that another tree's root holds.
   *
   * @param other a root that nobody changes any more
   */
  public void addAll(InspectNode other) {
    for (Entry entry : other.entries) {
      if (entry.child == other) {
        value(entry.name, entry.value);
      } else {
        child(entry.name).addAll(entry.child);
      }
    }
    cut |= other.cut;
  }

  private boolean spend() {
    if (budget.left == 0) {
      cut = true;
      return false;
    }
    budget.left--;
    return true;
  }

  private static String shorten(String text) {
    String kept = text.length() <= MAX_TEXT ? text : text.substring(0, MAX_TEXT) + CUT;
    for (int i = 0; i < kept.length(); i++) {
      if (Character.isISOControl(kept.charAt(i))) {
        return CONTROLS.matcher(kept).replaceAll("?");
      }
    }
    return kept;
  }

  /** The tree as lines of text, two spaces of indentation for each level. */
  public String render() {
    StringBuilder text = new StringBuilder();
    render(text, 0);
    return text.toString();
  }

  private void render(StringBuilder text, int level) {
    for (Entry entry : entries) {
      text.repeat("  ", level).append(entry.name);
      if (entry.child == this) {
        text.append(": ").append(entry.value).append('\n');
      } else {
        text.append('\n');
        entry.child.render(text, level + 1);
      }
    }
    if (cut) {
      text.repeat("  ", level).append(CUT).append('\n');
    }
  }

  @Override
  public String toString() {
    return render();
  }
}
