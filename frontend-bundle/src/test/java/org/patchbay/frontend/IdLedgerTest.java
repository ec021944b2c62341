package org.patchbay.frontend;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
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
      int first = slots * random.nextInt(3);
      IdLedger ledger = new IdLedger(first, slots, 0, 1);
      LinkedHashSet<Integer> model = new LinkedHashSet<>();
      for (int step = 0; step < 300; step++) {
        int id = first + random.nextInt(slots);
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
  void whatIsKeptIsSetAsideWithTheRestWhereThatIsAsked() {
    IdLedger ledger = new IdLedger(8, 4, 0, 1);
    ledger.post(9);
    ledger.keep(8);
    ledger.post(11);
    ledger.setPostedAside(1);
    assertEquals(List.of(8), posted(ledger));
    ledger.post(10);
    ledger.setHeldAside(2);
    assertEquals(4, ledger.asideCount());
    assertEquals(0, ledger.heldCount());
    assertEquals(0, ledger.postedCount());
    assertFalse(ledger.isPosted(10));
    assertEquals(List.of(), posted(ledger));
    assertEquals(2, ledger.restore(1));
    assertEquals(List.of(9, 11), posted(ledger));
    assertEquals(2, ledger.restore(2));
    assertEquals(List.of(9, 8, 11, 10), posted(ledger));
  }

  @Test
  void whatIsKeptStaysInOrderAndIsNotTheBackends() {
    IdLedger ledger = new IdLedger(8, 4, 0, 1);
    ledger.keep(9);
    ledger.post(8);
    ledger.keep(11);
    assertEquals(List.of(9, 8, 11), posted(ledger));
    assertEquals(3, ledger.heldCount());
    assertEquals(1, ledger.postedCount());
    assertFalse(ledger.takeBack(9), "the backend does not hold what is kept");
    ledger.release(9);
    ledger.withdraw(8);
    assertFalse(ledger.isPosted(8));
    assertTrue(ledger.takeBack(9));
    assertEquals(List.of(8, 11), posted(ledger));
    ledger.release(11);
    ledger.withdrawAll();
    assertEquals(0, ledger.postedCount());
    assertArrayEquals(new int[] {8, 11}, ledger.takeAll());
    assertEquals(0, ledger.heldCount());
    assertEquals(List.of(), posted(ledger));
  }

  @Test
  void transmitIdsBeginWhereThePairsDo() {
    IdLedger ledger = new IdLedger(0, 1, 8, 4);
    assertFalse(ledger.endTransmit(0));
    ledger.beginTransmit(8);
    ledger.beginTransmit(11);
    int[] ids = new int[4];
    assertEquals(-1, ledger.abortTransmits(ids, 0));
    assertEquals(2, ledger.abortedCount());
    assertEquals(8, ids[0]);
    assertEquals(11, ids[1]);
  }

  @Test
  void refusesIdsOutsideItsSlots() {
    IdLedger ledger = new IdLedger(0, 4, 0, 4);
    for (int id : new int[] {-1, 4, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
      assertFalse(ledger.isPosted(id));
      assertFalse(ledger.takeBack(id));
      assertFalse(ledger.endTransmit(id));
    }
  }

  @Test
  void endsEachTransmitOnce() {
    IdLedger ledger = new IdLedger(0, 1, 0, 4);
    ledger.beginTransmit(2);
    assertEquals(1, ledger.inFlightCount());
    assertTrue(ledger.endTransmit(2));
    assertFalse(ledger.endTransmit(2));
    assertEquals(0, ledger.inFlightCount());
  }

  @Test
  void abortsAllThatIsInFlightInPortions() {
    IdLedger ledger = new IdLedger(0, 1, 0, 100);
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
    for (int id = ledger.firstHeld(); id >= 0; id = ledger.nextHeld(id)) {
      ids.add(id);
    }
    return ids;
  }
}
