package org.patchbay.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class InspectNodeTest {

  @Test
  void valuesAndChildrenKeepTheirOrder() {
    InspectNode root = new InspectNode();
    root.value("type", "tap");
    InspectNode child = root.child("queue-0");
    child.value("packets", 12);
    child.child("inner").value("up", true);
    root.value("last", -1);
    assertEquals(
        """
        type: tap
        queue-0
          packets: 12
          inner
            up: true
        last: -1
        """,
        root.render());
    assertEquals(root.render(), root.toString());
  }

  @Test
  void aTreeIsAtMostSoDeep() {
    InspectNode root = new InspectNode();
    InspectNode node = root;
    for (int depth = 0; depth < InspectNode.MAX_DEPTH + 5; depth++) {
      node = node.child("level-" + (depth + 1));
      node.value("here", depth + 1);
    }
    String text = root.render();
    assertTrue(text.contains("level-" + InspectNode.MAX_DEPTH));
    assertFalse(text.contains("level-" + (InspectNode.MAX_DEPTH + 1)));
    assertTrue(text.contains("…"), "what was left out is marked");
  }

  @Test
  void aTreeHasAtMostSoManyEntriesInAll() {
    InspectNode root = new InspectNode();
    for (int i = 0; i < 100; i++) {
      InspectNode child = root.child("child-" + i);
      for (int j = 0; j < 100; j++) {
        child.value("value", j);
      }
    }
    long lines = root.render().lines().filter(line -> !line.strip().equals("…")).count();
    assertEquals(InspectNode.MAX_ENTRIES, lines);
    assertTrue(root.render().contains("…"));
  }

  @Test
  void aLongTextIsCutAndMarked() {
    InspectNode root = new InspectNode();
    root.value("name", "x".repeat(InspectNode.MAX_TEXT));
    assertFalse(root.render().contains("…"));
    root.value("y".repeat(100_000), "z".repeat(100_000));
    assertTrue(root.render().contains("…"));
    assertTrue(root.render().length() < 4 * InspectNode.MAX_TEXT);
  }
}
