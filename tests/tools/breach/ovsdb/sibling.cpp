#include "netem/light.hpp"
