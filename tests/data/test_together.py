"""Sets that stand together: each stays what it is alone."""

from __future__ import annotations

from dataclasses import replace

import pytest
from small_inputs import another_set, small_set

from gpdht.data.dataset import Dataset
from gpdht.data.others import with_others
from gpdht.data.together import each_alone, joint_name, together
from gpdht.errors import ConfigError
from gpdht.models.memory_need import memory_need
from gpdht.search.largest import largest_config
from gpdht.search.space import load_space

FIRST, SECOND = small_set("first"), another_set("second", seed=5)


def test_a_set_alone_is_itself():
    assert together(FIRST) is FIRST
    assert together([FIRST]) is FIRST
    assert each_alone(FIRST) == (FIRST,)
    assert joint_name(FIRST) == "first"


def test_each_of_several_sets_is_there_alone_and_the_same_object_each_time():
    both = together([FIRST, SECOND])
    alone = each_alone(both)
    assert each_alone(both)[0] is alone[0]
    assert [one.fingerprint for one in alone] == [FIRST.fingerprint, SECOND.fingerprint]
    assert joint_name(both) == "first + second"
    assert all(each_alone(one) == (one,) for one in alone)


def test_the_fingerprint_tells_what_stands_together_and_in_which_order_but_not_its_names():
    both = together([FIRST, SECOND])
    assert both.fingerprint not in {FIRST.fingerprint, SECOND.fingerprint}
    assert both.fingerprint != together([SECOND, FIRST]).fingerprint
    renamed = together([replace(FIRST, name="a"), replace(SECOND, name="b")])
    assert both.fingerprint == renamed.fingerprint


def test_sets_of_one_name_get_names_that_tell_them_apart():
    both = together([replace(FIRST, name="x"), replace(SECOND, name="x")])
    first, second = (one.name for one in each_alone(both))
    assert first != second


def test_what_stands_together_already_can_be_joined_by_more():
    third = another_set("third", seed=6)
    both = together([together([FIRST, SECOND]), third])
    assert both.fingerprint == together([FIRST, SECOND, third]).fingerprint
    assert joint_name(both) == "first + second + third"


def test_of_many_sets_the_first_are_named():
    many = together([another_set(f"s{seed}", seed=seed) for seed in range(5)])
    assert joint_name(many) == "s0 + s1 + s2 + 2 more"


def test_the_same_data_twice_and_no_data_are_refused():
    with pytest.raises(ConfigError, match="are the same data"):
        together([FIRST, replace(FIRST, name="other")])
    with pytest.raises(ConfigError, match="no data are given"):
        together([])


def test_a_worker_gets_all_of_them_with_their_other_sets():
    helped = with_others(SECOND, [small_set("helper", seed=9)])
    both = together([FIRST, helped])
    again = Dataset.from_parts(both.parts())
    assert again.fingerprint == both.fingerprint
    assert Dataset.from_parts(again.parts()).fingerprint == both.fingerprint
    first, second = each_alone(again)
    assert (first.name, second.name) == ("first", "second")
    assert [one.name for one in second.others] == ["helper"]
    assert second.fingerprint == helped.fingerprint
    assert not first.others


def test_a_trial_needs_the_memory_of_all_sets():
    both, space = together([FIRST, SECOND]), load_space("quick")
    config = space.config(space.reference)
    need = [sum(memory_need(config, one).values()) for one in (FIRST, SECOND)]
    assert sum(memory_need(config, both).values()) == sum(need)
    assert largest_config(space, both).bytes > largest_config(space, FIRST).bytes
