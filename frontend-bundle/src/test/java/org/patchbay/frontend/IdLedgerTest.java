package org.patchbay.frontend;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class IdLedgerTest {

  @Test
  void keepsTheOrderOfPostingWhateverComesBackFirst() {
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      int slots = 1 + random.nextInt(40);
      IdLedger ledger = new IdLedger(slots, 1);
      LinkedHashSet<Integer> model = new LinkedHashSet<>();
      for (int step = 0; step < 300; step++) {
        int id = random.nextInt(slots);
        if (model.contains(id)) {
          model.remove(id);
          assertTrue(ledger.takeBack(id));
        } else {
          assertFalse(ledger.takeBack(id), "an id that was not posted must be refused");
          ledger.post(id);
          model.add(id);
        }
        assertEquals(new ArrayList<>(model), posted(ledger));
        assertEquals(model.size(), ledger.postedCount());
      }
    }
  }

  @Test
  void refusesIdsOutsideItsSlots() {
    IdLedger ledger = new IdLedger(4, 4);
    for (int id : new int[] {-1, 4, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      assertFalse(ledger.isPosted(id));
      assertFalse(ledger.takeBack(id));
      assertFalse(ledger.endTransmit(id));
    }
  }

  @Test
  void endsEachTransmitOnce() {
    IdLedger ledger = new IdLedger(1, 4);
    ledger.beginTransmit(2);
    assertEquals(1, ledger.inFlightCount());
    assertTrue(ledger.endTransmit(2));
    assertFalse(ledger.endTransmit(2));
    assertEquals(0, ledger.inFlightCount());
  }

  @Test
  void abortsAllThatIsInFlightInPortions() {
    IdLedger ledger = new IdLedger(1, 100);
    TreeSet<Integer> expected = new TreeSet<>();
    for (int id = 0; id < 100; id += 3) {
      ledger.beginTransmit(id);
      expected.add(id);
    }
    TreeSet<Integer> aborted = new TreeSet<>();
    int[] ids = new int[8];
    for (int slot = 0; slot >= 0; ) {
      slot = ledger.abortTransmits(ids, slot);
      for (int i = 0; i < ledger.abortedCount(); i++) {
        assertTrue(aborted.add(ids[i]), "aborted twice: " + ids[i]);
      }
    }
    assertEquals(expected, aborted);
    assertEquals(0, ledger.inFlightCount());
  }

  private static List<Integer> posted(IdLedger ledger) {
    List<Integer> ids = new ArrayList<>();
    for (int id = ledger.firstPosted(); id >= 0; id = ledger.nextPosted(id)) {
      ids.add(id);
    }
    return ids;
  }
}
