package org.patchbay.tap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayDeque;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PostedBuffersTest {
  @Test
  void idsComeBackInTheOrderPostedWhateverTheGrowth() {
    PostedBuffers posted = new PostedBuffers();
    ArrayDeque<Integer> expected = new ArrayDeque<>();
    Random random = new Random(1);
    int[] ids = new int[700];
    for (int round = 0; round < 2000; round++) {
      int count = random.nextInt(round < 1000 ? ids.length : 50);
      for (int i = 0; i < count; i++) {
        ids[i] = random.nextInt();
        expected.add(ids[i]);
      }
      posted.add(ids, count);
      for (int left = random.nextInt(700); left > 0 && posted.count() > 0; left--) {
        assertEquals(expected.remove(), posted.oldest());
        posted.removeOldest();
      }
      assertEquals(expected.size(), posted.count());
    }
  }
}
